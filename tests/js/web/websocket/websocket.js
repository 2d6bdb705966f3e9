import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert';

const REFUSED = 'WebSocket Constructor: ';

// Notes what happens to a socket; `next()` is the next thing.
function watch(socket) {
  const seen = [];
  let waiting = () => {};
  const note = (...what) => { seen.push(what); waiting(); };
  socket.addEventListener('open', () => note('open'));
  socket.addEventListener('message', ({ data }) => note('message', data));
  socket.addEventListener('close', ({ code, reason, wasClean }) => note('close', code, reason, wasClean));
  socket.addEventListener('error', ({ message, error }) => note('error', message, `${error}`));
  return {
    async next() {
      while (seen.length === 0) await new Promise((resolve) => { waiting = resolve; });
      return seen.shift();
    },
  };
}

function pair(options) {
  const sockets = Object.values(new WebSocketPair());
  for (const socket of sockets) socket.accept(options);
  return sockets;
}

// An event whose sockets stay open for ever counts as hung.
function end(...sockets) {
  for (const socket of sockets) socket.close();
}

export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/200') return new Response('no socket');
    if (pathname === '/throws') throw new Error('no socket');
    const [client, server] = Object.values(new WebSocketPair());
    if (pathname === '/kept') return new Response(null, { status: 101, webSocket: client });
    server.accept();
    server.binaryType = 'arraybuffer';
    server.addEventListener('message', ({ data }) => {
      if (data === 'close') server.close(4001, 'asked');
      else server.send(data);
    });
    const headers = { 'Sec-WebSocket-Protocol': request.headers.get('Sec-WebSocket-Protocol') ?? 'none' };
    return new Response(null, { status: 101, webSocket: client, headers });
  },
};

export const messages_cross_a_pair = {
  async test() {
    const [a, b] = pair();
    const events = watch(b);
    b.binaryType = 'arraybuffer';
    deepStrictEqual([a.readyState, a.url, a.protocol, a.extensions, a.bufferedAmount], [1, null, '', '', 0]);
    for (const text of ['text', '', '\u20ac\u{1f600}', 5, null, { toString: () => 'object' }]) {
      a.send(text);
      deepStrictEqual(await events.next(), ['message', `${text}`]);
    }
    const bytes = new Uint8Array([1, 2, 3, 4]);
    for (const [data, expected] of [
      [bytes, [1, 2, 3, 4]],
      [bytes.buffer, [1, 2, 3, 4]],
      [bytes.subarray(1, 3), [2, 3]],
      [new DataView(bytes.buffer, 3), [4]],
      [new ArrayBuffer(0), []],
    ]) {
      a.send(data);
      const [, received] = await events.next();
      ok(received instanceof ArrayBuffer);
      deepStrictEqual([...new Uint8Array(received)], expected);
    }
    // What is no buffer is text.
    const text = new Blob(['blob']);
    a.send(text);
    deepStrictEqual(await events.next(), ['message', `${text}`]);
    b.binaryType = 'blob';
    a.send(bytes);
    const [, blob] = await events.next();
    ok(blob instanceof Blob);
    deepStrictEqual([...await blob.bytes()], [1, 2, 3, 4]);
    strictEqual(blob.type, '');
    b.binaryType = 'other';
    strictEqual(b.binaryType, 'blob');
    end(a, b);
  },
};

export const events_have_the_members_of_the_standard = {
  async test() {
    const [a, b] = pair();
    const { promise, resolve } = Promise.withResolvers();
    b.addEventListener('message', resolve);
    a.send('x');
    const event = await promise;
    ok(event instanceof MessageEvent && event.isTrusted && event.target === b);
    deepStrictEqual([event.data, event.origin, event.lastEventId, event.source], ['x', null, '', null]);
    end(a, b);
  },
};

export const a_close_crosses_a_pair = {
  async test() {
    const [a, b] = pair({ allowHalfOpen: true });
    const [first, second] = [watch(a), watch(b)];
    a.close(4000, 'reason');
    strictEqual(a.readyState, WebSocket.CLOSING);
    throws(() => a.send('late'), { name: 'TypeError', message: "Can't call WebSocket send() after close()." });
    a.close();
    deepStrictEqual(await second.next(), ['close', 4000, 'reason', true]);
    strictEqual(b.readyState, WebSocket.CLOSING);
    b.send('one more');
    deepStrictEqual(await first.next(), ['message', 'one more']);
    b.close(1000);
    deepStrictEqual(await first.next(), ['close', 1000, '', true]);
    deepStrictEqual([a.readyState, b.readyState], [WebSocket.CLOSED, WebSocket.CLOSED]);

    const [c, d] = pair({ allowHalfOpen: false });
    const [third, fourth] = [watch(c), watch(d)];
    c.close();
    deepStrictEqual(await fourth.next(), ['close', 1005, '', true]);
    strictEqual(d.readyState, WebSocket.CLOSED);
    deepStrictEqual(await third.next(), ['close', 1005, '', true]);
  },
};

export const close_checks_its_arguments = {
  test() {
    const [a, b] = pair();
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 5000, -1, 65536]) {
      throws(() => a.close(code), { name: 'InvalidAccessError', message: `Invalid WebSocket close code: ${code}.` });
    }
    throws(() => a.close(undefined, 'reason'), {
      name: 'InvalidAccessError',
      message: 'If you specify a WebSocket close reason, you must also specify a code.',
    });
    strictEqual(a.readyState, WebSocket.OPEN);
    a.close(1001, 'fine');
    b.close();
  },
};

export const a_socket_is_accepted_before_it_is_used = {
  test() {
    const [a, b] = Object.values(new WebSocketPair());
    const message = 'You must call one of accept() or state.acceptWebSocket() on this WebSocket before sending messages.';
    throws(() => a.send('x'), { name: 'TypeError', message });
    throws(() => a.close(), { name: 'TypeError', message });
    a.accept();
    a.accept();
    throws(() => new Response(null, { status: 200, webSocket: b }), {
      name: 'RangeError',
      message: 'Responses with a WebSocket must have status code 101.',
    });
    throws(() => new Response(null, { status: 101 }), { name: 'RangeError' });
    const response = new Response(null, { status: 101, webSocket: b });
    strictEqual(response.webSocket, b);
    throws(() => response.clone(), {
      name: 'TypeError',
      message: 'Cannot clone a response to a WebSocket handshake.',
    });
    strictEqual(new Response('x').webSocket, null);
    throws(() => WebSocketPair(), { name: 'TypeError' });
    deepStrictEqual(Object.keys(new WebSocketPair()), ['0', '1']);
    deepStrictEqual([...new WebSocketPair()].length, 2);
    b.accept();
    end(a, b);
  },
};

export const listeners_that_throw_end_the_socket = {
  async test() {
    const [a, b] = pair();
    const [first, second] = [watch(a), watch(b)];
    b.addEventListener('message', () => { throw new RangeError('enough'); });
    a.send('one');
    deepStrictEqual(await second.next(), ['message', 'one']);
    deepStrictEqual(await second.next(), ['error', 'Uncaught RangeError: enough', 'RangeError: enough']);
    strictEqual(b.readyState, WebSocket.CLOSED);
    b.send('nobody hears it');
    b.close(1000);
    deepStrictEqual(await first.next(), ['close', 1006, 'WebSocket disconnected without sending Close frame.', false]);
  },
};

export const a_service_answers_with_a_socket = {
  async test(_, { self }) {
    const response = await self.fetch('http://x/', { headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': 'p' } });
    strictEqual(response.status, 101);
    strictEqual(response.headers.get('Sec-WebSocket-Protocol'), 'p');
    const socket = response.webSocket;
    strictEqual(socket, response.webSocket);
    const events = watch(socket);
    socket.accept();
    socket.binaryType = 'arraybuffer';
    socket.send('there and back');
    deepStrictEqual(await events.next(), ['message', 'there and back']);
    socket.send(new Uint8Array(100_000).fill(7));
    const [, data] = await events.next();
    strictEqual(data.byteLength, 100_000);
    socket.send('close');
    deepStrictEqual(await events.next(), ['close', 4001, 'asked', true]);
    socket.close(1000);

    const plain = await self.fetch('http://x/200');
    strictEqual(plain.webSocket, null);
    let refused;
    try {
      await self.fetch('http://x/');
    } catch (error) {
      refused = error;
    }
    strictEqual(refused.name, 'TypeError');
    strictEqual(
      refused.message,
      'Worker tried to return a WebSocket in a response to a request which did not contain the header "Upgrade: websocket".',
    );
  },
};

export const the_constructor_connects = {
  async test() {
    const socket = new WebSocket('ws://x/?a=b', ['one', 'two']);
    const events = watch(socket);
    deepStrictEqual([socket.readyState, socket.url, socket.protocol], [0, 'ws://x/?a=b', '']);
    throws(() => socket.accept(), {
      name: 'TypeError',
      message: "Websockets obtained from the 'new WebSocket()' constructor cannot call accept",
    });
    deepStrictEqual(await events.next(), ['open']);
    deepStrictEqual([socket.readyState, socket.protocol], [1, 'one, two']);
    socket.send('x');
    deepStrictEqual(await events.next(), ['message', 'x']);
    socket.send('close');
    deepStrictEqual(await events.next(), ['close', 4001, 'asked', true]);
    socket.close();
  },
};

export const connections_that_cannot_be_made = {
  async test() {
    const failed = ['close', 1006, 'Failed to establish websocket connection', false];
    for (const [path, text] of [
      ['200', 'Failed to establish the WebSocket connection: expected server to reply with HTTP status code 101 '
        + '(switching protocols), but received 200 instead.'],
      ['throws', 'no socket'],
    ]) {
      const socket = new WebSocket(`ws://x/${path}`);
      const events = watch(socket);
      const [kind, message] = await events.next();
      strictEqual(kind, 'error');
      ok(message.endsWith(text), message);
      deepStrictEqual(await events.next(), failed);
      strictEqual(socket.readyState, WebSocket.CLOSED);
    }
    for (const [url, protocols, text] of [
      ['relative', undefined, 'The url is invalid.'],
      ['http://x', undefined, 'The url scheme must be ws or wss.'],
      ['ws://x/#fragment', undefined, 'The url fragment must be empty.'],
      ['ws://x/', '', 'The protocol header token is invalid.'],
      ['ws://x/', ['a', 'a'], 'The protocols header cannot have repeating values.'],
      ['ws://x/', ['a', 'b c'], 'One of the protocol header tokens is invalid.'],
    ]) {
      throws(() => new WebSocket(url, protocols), { name: 'SyntaxError', message: REFUSED + text });
    }
  },
};

export const attachments_are_copies = {
  test() {
    const [a] = Object.values(new WebSocketPair());
    strictEqual(a.deserializeAttachment(), null);
    const value = { list: [1, new Date(0)], map: new Map([['k', 'v']]) };
    a.serializeAttachment(value);
    value.list.push('later');
    deepStrictEqual(a.deserializeAttachment(), { list: [1, new Date(0)], map: new Map([['k', 'v']]) });
    throws(() => a.serializeAttachment('x'.repeat(17_000)), /cannot be larger than 16384 bytes/);
    throws(() => a.serializeAttachment(() => {}), { name: 'DataCloneError' });
  },
};
