// Answers as the path says, and tells on request what it was asked last.
let last;

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/log') return Response.json(last);
    last = {
      method: request.method,
      headers: Object.fromEntries(request.headers),
      cf: request.cf,
      body: await request.text(),
    };
    const [, status, cached] = pathname.split('/');
    if (status === 'throw') throw new TypeError('thrown by the cache');
    const headers = cached ? { 'cf-cache-status': cached } : {};
    return new Response([204, 504].includes(+status) ? null : 'cached', { status: +status, headers });
  },
};
