// Passes requests below /app/ on, with the address of the client; everything else is answered here.

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === '/healthy') {
      return new Response('yes\n');
    }
    if (!url.pathname.startsWith('/app/')) {
      return new Response('Not found\n', { status: 404 });
    }
    url.pathname = url.pathname.slice('/app'.length);
    const headers = new Headers(request.headers);
    headers.set('X-Forwarded-Host', url.host);
    const client = request.cf?.clientIp;
    if (client) {
      headers.set('X-Forwarded-For', client.slice(0, client.lastIndexOf(':')));
    }
    try {
      // The body streams through; redirects are the client's business.
      return await env.ORIGIN.fetch(new Request(url, { method: request.method, headers, body: request.body, redirect: 'manual' }));
    } catch (error) {
      console.error(`origin: ${error.message}`);
      return new Response('The server is not there.\n', { status: 502 });
    }
  },
};
