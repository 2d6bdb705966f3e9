// The server of Web Platform Tests, as far as the tests that are run need one: files of the checkout, what the handlers
// (`*.py`) of fetch and EventSource answer, and WebSockets. A Worker to which the fetches of the one under test go.

const SUBSTITUTED = /\.(sub\.|event_stream$)/;

/** What `key=value` files and handlers keep between requests. */
const stash = new Map();

const bytes = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
const sleep = (milliseconds) => scheduler.wait(milliseconds);

/** The query as the handlers see it: strings of bytes. */
function queryOf(url) {
  const query = new Map();
  for (const pair of url.search.slice(1).split('&')) {
    if (pair === '') continue;
    const [name, value = ''] = pair.split(/=(.*)/s).map((part) => {
      return unescape(part.replaceAll('+', ' '));
    });
    if (!query.has(name)) query.set(name, value);
  }
  return query;
}

function cors(request, methods, allowed, exposed) {
  return {
    'Access-Control-Allow-Origin': request.headers.get('Origin') ?? '*',
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Allow-Methods': methods,
    'Access-Control-Allow-Headers': allowed,
    'Access-Control-Expose-Headers': exposed,
  };
}

const eventStream = (body, status = 200, headers = {}) => {
  return new Response(body, { status, headers: { 'Content-Type': 'text/event-stream', ...headers } });
};

const handlers = {
  '/fetch/api/resources/echo-content.py': async (request) => {
    const header = (name) => request.headers.get(name) ?? 'NO';
    return new Response(await request.arrayBuffer(), {
      headers: {
        'X-Request-Method': request.method,
        'X-Request-Content-Length': header('Content-Length'),
        'X-Request-Content-Type': header('Content-Type'),
        'Content-Type': 'text/plain',
      },
    });
  },
  '/fetch/api/resources/inspect-headers.py': (request, query) => {
    const headers = new Headers({ 'content-type': 'text/plain' });
    const names = query.get('headers')?.split('|') ?? [];
    for (const name of names) {
      const value = request.headers.get(name);
      if (value !== null) headers.append(`x-request-${name}`, value);
    }
    if (query.has('cors')) {
      const exposed = names.map((name) => `x-request-${name}`).join(', ');
      const allowed = query.get('allow_headers') ?? [...request.headers.keys()].join(', ');
      const added = cors(request, 'GET, POST, HEAD', allowed, exposed);
      for (const [name, value] of Object.entries(added)) headers.append(name, value);
    }
    return new Response('', { headers });
  },
  '/fetch/api/resources/method.py': async (request, query) => {
    const headers = query.has('cors')
      ? cors(request, 'GET, POST, PUT, FOO', 'x-test, x-foo', 'x-request-method')
      : {};
    headers['x-request-method'] = request.method;
    for (const part of ['type', 'length', 'encoding', 'language', 'location']) {
      headers[`x-request-content-${part}`] = request.headers.get(`content-${part}`) ?? 'NO';
    }
    return new Response(await request.arrayBuffer(), { headers });
  },
  '/fetch/api/resources/redirect.py': async (request, query) => {
    const headers = new Headers({
      'Content-Type': 'text/plain',
      'Access-Control-Allow-Origin': request.headers.get('Origin') ?? '*',
    });
    const token = query.get('token');
    const count = (stash.get(token) ?? 0) + 1;
    let location = query.get('location');
    if (location !== undefined) {
      if (!query.has('simple') && /^(https?:|(?![a-z]+:))/.test(location)) {
        const added = [...query].map(([name, value]) => `${escape(name)}=${encodeURIComponent(value)}`);
        location += `${location.includes('?') ? '&' : '?'}${added.join('&')}&count=${count}`;
      }
      headers.append('Location', location);
    }
    if (query.has('delay')) await sleep(Number(query.get('delay')));
    if (token !== undefined) {
      stash.set(token, count);
      if (query.has('max_count') && count > Number(query.get('max_count'))) return new Response(String(count - 1));
    }
    return new Response(null, { status: Number(query.get('redirect_status') ?? 302), headers });
  },
  '/fetch/api/resources/redirect-empty-location.py': () => {
    return new Response(null, { status: 302, headers: { Location: '' } });
  },
  '/fetch/api/resources/status.py': (request, query) => {
    const status = Number(query.get('code') ?? 200);
    const body = [101, 204, 205, 304].includes(status) ? null : bytes(query.get('content') ?? '');
    const headers = { 'Content-Type': query.get('type') ?? '', 'X-Request-Method': request.method };
    return new Response(body, { status, statusText: query.get('text') ?? 'OMG', headers });
  },
  '/fetch/api/resources/trickle.py': async (request, query) => {
    const delay = Number(query.get('ms') ?? 500);
    await request.arrayBuffer();
    await sleep(delay);
    const { readable, writable } = new IdentityTransformStream();
    const written = async () => {
      const writer = writable.getWriter();
      for (let left = Number(query.get('count') ?? 50); left > 0; left--) {
        await sleep(delay);
        await writer.write(bytes('TEST_TRICKLE\n'));
      }
      await writer.close();
    };
    written().catch(() => {});
    return new Response(readable, { headers: query.has('notype') ? {} : { 'Content-Type': 'text/plain' } });
  },
  '/fetch/api/resources/infinite-slow-response.py': (request, query) => {
    const { readable, writable } = new IdentityTransformStream();
    const written = async () => {
      const writer = writable.getWriter();
      stash.set(query.get('stateKey'), 'open');
      try {
        for (await writer.write(bytes('.'.repeat(2048))); !stash.has(query.get('abortKey')); await sleep(10)) {
          await writer.write(bytes('.'));
        }
        await writer.close();
      } finally {
        stash.set(query.get('stateKey'), 'closed');
      }
    };
    written().catch(() => {});
    return new Response(readable, { headers: { 'Content-Type': 'text/plain' } });
  },
  '/fetch/api/resources/stash-put.py': (_request, query) => {
    stash.set(query.get('key'), query.get('value'));
    return new Response('done');
  },
  '/fetch/api/resources/stash-take.py': (_request, query) => {
    const value = stash.get(query.get('key')) ?? null;
    stash.delete(query.get('key'));
    return Response.json(value);
  },
  '/eventsource/resources/message.py': async (_request, query) => {
    await sleep(Number(query.get('sleep') ?? 0));
    const newline = query.get('newline') === 'none' ? '' : '\n\n';
    const body = bytes(`${query.get('message') ?? 'data: data'}${newline}\n`);
    return eventStream(body, 200, { 'Content-Type': query.get('mime') ?? 'text/event-stream' });
  },
  '/eventsource/resources/message2.py': () => {
    const message = 'data:msg\ndata: msg\n\n:\nfalsefield:msg\n\nfalsefield:msg\nData:data\n\ndata\n\ndata:end\n\n';
    return eventStream(new ReadableStream({ start: (controller) => controller.enqueue(bytes(message)) }));
  },
  '/eventsource/resources/last-event-id.py': (request, query) => {
    const last = request.headers.get('Last-Event-ID');
    const id = query.get('idvalue') ?? '\u00e2\u0080\u00a6';
    return eventStream(bytes(last ? `data: ${last}\n\n` : `id: ${id}\nretry: 200\ndata: hello\n\n`));
  },
  '/eventsource/resources/last-event-id2.py': (_request, query) => {
    const id = { 2: 'id:', 3: 'id' }[query.get('type')];
    if (id === undefined) return eventStream('id: 1\ndata: 1\n\ndata: 2\n\nid: 2\ndata:3\n\ndata:4\n\n');
    return eventStream(`id: 1\ndata: 1\n\n${id}\ndata:2\n\ndata:3\n\n`);
  },
  '/eventsource/resources/status-error.py': (_request, query) => {
    const status = Number(query.get('status') ?? 404);
    return eventStream(status === 204 || status === 205 ? null : 'data: data\n\n', status);
  },
};

/** What is done with a connected WebSocket, by path. */
const sockets = {
  '/echo': (socket) => {
    socket.addEventListener('message', ({ data }) => {
      socket.send(data);
      if (data === 'Goodbye') socket.close();
    });
  },
  '/echo-query': (socket, { search }) => socket.send(search.slice(1)),
  '/protocol': (socket, _url, protocol) => socket.send(protocol),
  '/protocol_array': (socket, _url, protocol) => socket.send(protocol.split(',')[0]),
  '/handshake_no_protocol': () => {},
  '/empty-message': (socket) => {
    socket.addEventListener('message', ({ data }) => socket.send(data === '' ? 'pass' : 'fail'));
  },
  '/delayed-passive-close': () => {},
  '/remote-close': (socket, { searchParams }) => {
    const code = searchParams.get('code');
    if (code === null) socket.close();
    else socket.close(Number(code), searchParams.get('reason') ?? '');
  },
};

function connect(request, url) {
  const handler = sockets[url.pathname];
  if (handler === undefined) return new Response('not found', { status: 404 });
  const requested = request.headers.get('Sec-WebSocket-Protocol') ?? '';
  const headers = {};
  if (url.pathname.startsWith('/protocol')) headers['Sec-WebSocket-Protocol'] = requested.split(',')[0];
  else if (requested.split(/, */).includes('echo')) headers['Sec-WebSocket-Protocol'] = 'echo';
  const [client, server] = Object.values(new WebSocketPair());
  server.accept();
  server.addEventListener('close', async ({ code, reason }) => {
    if (url.pathname === '/delayed-passive-close') await sleep(1000);
    if (code === 1005) server.close();
    else server.close(code, reason);
  });
  handler(server, url, requested);
  return new Response(null, { status: 101, webSocket: client, headers });
}

async function file(request, url, env) {
  const found = await env.files.fetch(`http://files${url.pathname}`);
  if (!found.ok) return new Response('not found', { status: 404 });
  const headers = new Headers();
  const listed = await env.files.fetch(`http://files${url.pathname}.headers`);
  if (listed.ok) {
    for (const line of (await listed.text()).split('\n')) {
      const [name, value] = line.split(/:(.*)/s);
      if (value !== undefined) headers.append(name.trim(), value.trim());
    }
  }
  const types = { txt: 'text/plain', json: 'application/json', html: 'text/html', js: 'text/javascript', event_stream: 'text/event-stream' };
  const type = types[url.pathname.split('.').at(-1)] ?? 'application/octet-stream';
  if (!headers.has('content-type')) headers.set('content-type', type);
  if (!SUBSTITUTED.test(url.pathname)) return new Response(found.body, { headers });
  const text = (await found.text()).replace(/\{\{headers\[([^\]]+)\]\}\}/g, (_, name) => request.headers.get(name) ?? '');
  return new Response(text, { headers });
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    // Hosts that resolve to nothing.
    if (/nonexistent|invalid/.test(url.hostname)) throw new Error('no such host');
    if (request.headers.get('Upgrade') === 'websocket') return connect(request, url);
    if (url.pathname.endsWith('/cors.py')) url.pathname = url.pathname.replace('cors.py', `${url.searchParams.get('run')}.py`);
    const handler = handlers[url.pathname];
    if (handler !== undefined) return handler(request, queryOf(url));
    return file(request, url, env);
  },
};
