// `node:http` and `node:https`: clients over fetch, servers in another Worker, and what messages keep.
import assert from 'node:assert';
import http from 'node:http';
import https from 'node:https';
import { httpServerHandler, handleAsNodeRequest } from 'cloudflare:node';

function send(options, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(options, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ response, text, request });
    });
    request.on('error', reject);
    request.end(body);
  });
}

export const bodies = {
  async test() {
    const { response, text } = await send({ host: 'x.example', path: '/echo', method: 'POST', headers: { 'Content-Type': 'a/b' } }, 'hello');
    assert.strictEqual(text, 'hello');
    assert.strictEqual(response.statusCode, 200);
    assert.strictEqual(response.headers['x-method'], 'POST');
    assert.strictEqual(response.headers['x-type'], 'a/b');
    assert.strictEqual((await send('http://x.example/chunks')).text, 'one two');
  },
};

export const heads = {
  async test() {
    const { response } = await send('http://x.example/head?status=418');
    assert.strictEqual(response.statusCode, 418);
    assert.strictEqual(response.statusMessage, 'As asked');
    assert.strictEqual(response.headers['x-many'], 'a, b');
    const { text } = await send({ hostname: 'x.example', port: 81, path: '/headers', headers: ['Host', 'y.example', 'X-A', '1', 'X-A', '2'] });
    assert.strictEqual(JSON.parse(text).raw, true);
  },
};

export const events = {
  async test() {
    const seen = [];
    const request = http.get('http://x.example/chunks');
    request.on('response', (response) => response.resume());
    for (const name of ['finish', 'response', 'close']) request.on(name, () => seen.push(name));
    await new Promise((resolve) => request.on('close', resolve));
    assert.deepStrictEqual(seen, ['finish', 'response', 'close']);
    assert.strictEqual(request.destroyed, true);
  },
};

export const timeouts = {
  async test() {
    const request = http.get({ host: 'x.example', path: '/never', timeout: 5 });
    const timeout = new Promise((resolve) => request.on('timeout', resolve));
    const error = await new Promise((resolve) => request.on('error', resolve));
    await timeout;
    assert.strictEqual(error.name, 'AbortError');
    const destroyed = http.get('http://x.example/never').on('error', () => {});
    const reset = new Promise((resolve) => destroyed.on('error', resolve));
    destroyed.destroy();
    assert.strictEqual((await reset).code, 'ECONNRESET');
  },
};

export const badRequests = {
  test() {
    assert.throws(() => http.request({ path: '//a' }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => http.request({ path: 'http://a/' }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => http.request({ path: '/ ' }), { code: 'ERR_UNESCAPED_CHARACTERS' });
    assert.throws(() => http.request({ method: 'A B' }), { code: 'ERR_INVALID_HTTP_TOKEN' });
    assert.throws(() => http.request('https://a/'), { code: 'ERR_INVALID_PROTOCOL' });
    assert.throws(() => https.request('http://a/'), { code: 'ERR_INVALID_PROTOCOL' });
    assert.throws(() => http.request({ agent: {} }), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => http.request({ socketPath: '/a' }), { code: 'ERR_OPTION_NOT_IMPLEMENTED' });
    assert.throws(() => http.request({ headers: { 'a b': 1 } }), { code: 'ERR_INVALID_HTTP_TOKEN' });
    assert.throws(() => http.request({ headers: { a: '\n' } }), { code: 'ERR_INVALID_CHAR' });
  },
};

export const outgoing = {
  test() {
    const message = new http.OutgoingMessage();
    message.setHeader('A-b', 1).appendHeader('a-B', '2');
    message.setHeaders(new Headers([['set-cookie', 'x'], ['set-cookie', 'y']]));
    assert.deepStrictEqual(message.getHeaders(), { 'a-b': [1, '2'], 'set-cookie': ['x', 'y'] });
    assert.deepStrictEqual(message.getRawHeaderNames(), ['A-b', 'set-cookie']);
    message._storeHeader('HTTP/1.1 200 OK\r\n', { Trailer: 'z' });
    assert.strictEqual(
      message._header,
      'HTTP/1.1 200 OK\r\nTrailer: z\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n'
    );
    assert.throws(() => message.setHeader('c', 'd'), { code: 'ERR_HTTP_HEADERS_SENT' });
    assert.throws(() => message.write(null), { code: 'ERR_STREAM_NULL_VALUES' });
    assert.throws(() => new http.OutgoingMessage().end('x'), { code: 'ERR_METHOD_NOT_IMPLEMENTED' });
  },
};

export const incoming = {
  test() {
    const message = new http.IncomingMessage();
    message._addHeaderLines(['Set-Cookie', 'a', 'set-cookie', 'b', 'Host', 'x', 'host', 'y', 'Cookie', '1', 'cookie', '2', 'Q', '1', 'q', '2'], 16);
    assert.deepStrictEqual(message.headers, { 'set-cookie': ['a', 'b'], host: 'x', cookie: '1; 2', q: '1, 2' });
    assert.deepStrictEqual(message.headersDistinct.host, ['x', 'y']);
  },
};

export const agents = {
  test() {
    assert.strictEqual(new http.Agent().getName({ host: 'a', port: 1, family: 4 }), 'a:1::4');
    assert.strictEqual(new https.Agent().getName({ servername: 'b', rejectUnauthorized: false }), 'localhost:::::::::false:b::::::::::::');
    assert.strictEqual(https.globalAgent.defaultPort, 443);
    assert.throws(() => new http.Agent({ scheduling: 'none' }), { code: 'ERR_INVALID_ARG_VALUE' });
  },
};

export const servers = {
  async test() {
    const server = http.createServer((req, res) => res.end(`${req.socket.localPort} ${req.url}`)).listen(8123);
    assert.deepStrictEqual(server.address(), { port: 8123, family: 'IPv4', address: '127.0.0.1' });
    assert.throws(() => http.createServer().listen(8123), { code: 'EADDRINUSE' });
    const handler = httpServerHandler({ port: 8123 });
    assert.strictEqual(await (await handler.fetch(new Request('http://x/a?b'))).text(), '8123 /a?b');
    const head = await handler.fetch(new Request('http://x/', { method: 'HEAD' }));
    assert.strictEqual(head.body, null);
    await server[Symbol.asyncDispose]();
    await assert.rejects(handleAsNodeRequest(8123, new Request('http://x/')), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => httpServerHandler(null), { message: 'Server descriptor cannot be null or undefined' });
  },
};

export const failingHandlers = {
  async test() {
    const thrower = http.createServer(() => {
      throw new Error('thrown');
    });
    await assert.rejects(httpServerHandler(thrower).fetch(new Request('http://x/')), { message: 'thrown' });
    const rejecter = http.createServer(async () => {
      throw new Error('rejected');
    });
    await assert.rejects(httpServerHandler(rejecter).fetch(new Request('http://x/')), { message: 'rejected' });
    const destroyer = http.createServer((req, res) => {
      res.write('part');
      setTimeout(() => res.destroy(), 1);
    });
    const response = await httpServerHandler(destroyer).fetch(new Request('http://x/'));
    await assert.rejects(response.text(), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
  },
};
