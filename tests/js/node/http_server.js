// A server of `node:http` that the tests send requests to.
import http from 'node:http';
import { httpServerHandler } from 'cloudflare:node';

const server = http.createServer((req, res) => {
  const { pathname, searchParams } = new URL(req.url, 'http://x');
  if (pathname === '/echo') {
    res.setHeader('x-method', req.method);
    res.setHeader('x-type', req.headers['content-type'] ?? 'none');
    req.pipe(res);
  } else if (pathname === '/head') {
    res.writeHead(Number(searchParams.get('status')), 'As asked', { 'x-many': ['a', 'b'] });
    res.end();
  } else if (pathname === '/headers') {
    res.end(JSON.stringify({ host: req.headers.host, raw: req.rawHeaders.includes('x-a'), a: req.headers['x-a'] }));
  } else if (pathname === '/chunks') {
    res.write('one ');
    setTimeout(() => res.end('two'), 1);
  } else if (pathname === '/never') {
    // No answer.
    setTimeout(() => res.end(), 1000);
  } else {
    throw new Error('no such path');
  }
});

export default httpServerHandler(server);
