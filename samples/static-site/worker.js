// Serves files: index pages for directories, types by extension, 304 for what the client has, 404 with a page.

const TYPES = {
  css: 'text/css;charset=UTF-8',
  html: 'text/html;charset=UTF-8',
  js: 'text/javascript;charset=UTF-8',
  json: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain;charset=UTF-8',
};

export default {
  async fetch(request, { FILES }) {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response('Method not allowed\n', { status: 405, headers: { Allow: 'GET, HEAD' } });
    }
    const url = new URL(request.url);
    if (url.pathname.endsWith('/')) {
      url.pathname += 'index.html';
    }
    const { method, headers } = request;
    const file = await FILES.fetch(url, { method, headers });
    if (file.status === 404) {
      const page = await FILES.fetch(new URL('/404.html', url));
      return new Response(page.body, { status: 404, headers: { 'Content-Type': TYPES.html } });
    }
    const type = file.headers.get('Content-Type');
    if (type === 'application/json' && !url.pathname.endsWith('.json')) {
      // The listing of a directory: its page is one level down.
      return Response.redirect(`${url.href}/`, 301);
    }
    const modified = file.headers.get('Last-Modified');
    if (modified && modified === headers.get('If-Modified-Since')) {
      await file.body?.cancel();
      return new Response(null, { status: 304, headers: { 'Last-Modified': modified } });
    }
    const response = new Response(file.body, file);
    const extension = url.pathname.slice(url.pathname.lastIndexOf('.') + 1);
    response.headers.set('Content-Type', TYPES[extension] ?? 'application/octet-stream');
    response.headers.set('Cache-Control', 'public, max-age=60');
    return response;
  },
};
