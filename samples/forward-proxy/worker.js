// Forwards requests, but for those to blocked hosts and their subdomains.

export default {
  async fetch(request, env) {
    const { hostname } = new URL(request.url);
    const isBlocked = env.BLOCKED.some((host) => hostname === host || hostname.endsWith(`.${host}`));
    if (isBlocked) {
      return new Response(`${hostname} is blocked.\n`, { status: 403 });
    }
    const headers = new Headers(request.headers);
    headers.delete('Proxy-Connection');
    headers.delete('Proxy-Authorization');
    try {
      return await fetch(new Request(request, { headers, redirect: 'manual' }));
    } catch (error) {
      return new Response(`${hostname} cannot be reached.\n`, { status: 502 });
    }
  },
};
