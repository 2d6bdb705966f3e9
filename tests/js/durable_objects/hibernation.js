import assert from 'node:assert';
import { DurableObject } from 'cloudflare:workers';

const CHECKS = {
  // Without a tag the newest is the first, with one the oldest.
  order(ctx) {
    const tags = (sockets) => sockets.map((socket) => ctx.getTags(socket).join());
    assert.deepStrictEqual(tags(ctx.getWebSockets()), ['', 'blue', 'red,blue']);
    assert.deepStrictEqual(tags(ctx.getWebSockets('blue')), ['red,blue', 'blue']);
    assert.deepStrictEqual(tags(ctx.getWebSockets('green')), []);
  },

  identity(ctx, socket) {
    const found = ctx.getWebSockets('red')[0];
    assert.strictEqual(found, socket);
    assert.strictEqual(found, ctx.getWebSockets().at(-1));
    assert.strictEqual(socket.readyState, WebSocket.OPEN);
  },

  attachment(ctx, socket) {
    assert.strictEqual(socket.deserializeAttachment(), null);
    socket.serializeAttachment({ name: 'Ada', since: new Date(5) });
    assert.deepStrictEqual(socket.deserializeAttachment(), { name: 'Ada', since: new Date(5) });
    assert.throws(() => socket.serializeAttachment('x'.repeat(16 * 1024)), {
      message: "A WebSocket 'attachment' cannot be larger than 16384 bytes.'attachment' was 16390 bytes.",
    });
  },

  uses(ctx, socket) {
    assert.throws(() => ctx.acceptWebSocket(socket), {
      message: 'Cannot call `acceptWebSocket()` if the WebSocket was already accepted via `accept()`',
    });
    assert.throws(() => socket.accept(), {
      name: 'TypeError',
      message: "Can't accept() WebSocket after enabling hibernation.",
    });
    const taken = new WebSocketPair();
    taken[1].accept();
    assert.throws(() => ctx.acceptWebSocket(taken[0]), {
      message:
        'Cannot call `acceptWebSocket()` on this WebSocket because its pair has already been accepted or used in a Response.',
    });
    assert.throws(() => ctx.acceptWebSocket(taken[1]), { message: /already accepted via `accept\(\)`/ });
    assert.throws(() => ctx.getTags(taken[1]), { message: 'only hibernatable websockets can have tags.' });
    assert.throws(() => ctx.getTags(taken[0]), {
      message: "you must call 'acceptWebSocket()' before attempting to access the tags of a WebSocket.",
    });
  },

  tags(ctx) {
    const accept = (tags) => {
      const [end, other] = Object.values(new WebSocketPair());
      ctx.acceptWebSocket(end, tags);
      const kept = ctx.getTags(end);
      other.accept();
      other.close();
      return kept;
    };
    const many = Array.from({ length: 10 }, (_, number) => `${number}`);
    assert.deepStrictEqual(accept(many), many);
    assert.deepStrictEqual(accept(['', 1, '', null]), ['', '1', 'null']);
    assert.throws(() => accept([...many, 'x']), {
      message: 'a Hibernatable WebSocket cannot have more than 10 tags',
    });
    const long = 'é'.repeat(129);
    assert.throws(() => accept([long]), {
      message: `"${long}" is longer than the max tag length (256 characters).`,
    });
    assert.throws(() => accept('red'), {
      message: "Failed to execute 'acceptWebSocket' on 'DurableObjectState': parameter 2 is not of type 'Array'.",
    });
  },

  answers(ctx, socket) {
    assert.strictEqual(ctx.getWebSocketAutoResponse(), null);
    assert.strictEqual(ctx.getWebSocketAutoResponseTimestamp(socket), null);
    const size = 2049;
    const long = 'x'.repeat(size);
    for (const [name, pair] of [['Request', [long, '']], ['Response', ['', long]]]) {
      assert.throws(() => ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(...pair)), {
        name: 'RangeError',
        message: `${name} cannot be larger than 2048 bytes. A ${name.toLowerCase()} of size 2049 was provided.`,
      });
    }
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
    const { request, response } = ctx.getWebSocketAutoResponse();
    assert.deepStrictEqual([request, response], ['ping', 'pong']);
  },

  answered(ctx, socket) {
    const time = ctx.getWebSocketAutoResponseTimestamp(socket);
    assert(time instanceof Date && Math.abs(Date.now() - time) < 10_000);
    ctx.setWebSocketAutoResponse();
    assert.strictEqual(ctx.getWebSocketAutoResponse(), null);
  },

  timeout(ctx) {
    assert.strictEqual(ctx.getHibernatableWebSocketEventTimeout(), null);
    ctx.setHibernatableWebSocketEventTimeout(5000);
    assert.strictEqual(ctx.getHibernatableWebSocketEventTimeout(), 5000);
    assert.throws(() => ctx.setHibernatableWebSocketEventTimeout(604_800_001), {
      message: 'Event timeout should not exceed 604800000 ms.',
    });
    ctx.setHibernatableWebSocketEventTimeout(0);
    assert.strictEqual(ctx.getHibernatableWebSocketEventTimeout(), null);
  },
};

export class Room extends DurableObject {
  seen = [];

  async fetch(request) {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server, new URL(request.url).searchParams.getAll('tag'));
    // Nobody hears this: messages go to the object.
    server.addEventListener('message', () => this.seen.push('event'));
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(socket, message) {
    if (typeof message !== 'string') {
      socket.send(`${message.constructor.name} of ${message.byteLength}`);
    } else if (message === 'throw') {
      throw new Error('does no harm');
    } else if (message === 'bye') {
      socket.close(4000, 'from here');
    } else if (message in CHECKS) {
      CHECKS[message](this.ctx, socket);
      socket.send('done');
    } else {
      socket.send(`heard ${message}`);
    }
  }

  webSocketClose(socket, code, reason, wasClean) {
    // It is still among the others.
    this.seen.push([code, reason, wasClean, socket.readyState, this.ctx.getTags(socket), this.ctx.getWebSockets().length]);
    if (code === 4001) {
      socket.send('last words');
    }
    socket.close(1000, 'closed');
  }

  takeSeen() {
    return [this.seen.splice(0), this.ctx.getWebSockets().length];
  }
}

// Has no handlers.
export class Deaf extends DurableObject {
  fetch() {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    server.send('welcome');
    return new Response(null, { status: 101, webSocket: client });
  }

  end() {
    const sockets = this.ctx.getWebSockets();
    sockets.forEach((socket) => socket.close(1000, 'the end'));
    return sockets.length;
  }
}

/** A WebSocket with a queue of what it has received. */
async function open(stub, query = '') {
  const response = await stub.fetch(`http://room/${query}`, { headers: { upgrade: 'websocket' } });
  const socket = response.webSocket;
  const waiting = [];
  const received = [];
  const receive = (value) => (waiting.shift() ?? ((kept) => received.push(kept)))(value);
  socket.accept({ allowHalfOpen: true });
  socket.addEventListener('message', ({ data }) => receive(data));
  socket.addEventListener('close', ({ code, reason }) => receive([code, reason]));
  const next = () => (received.length ? Promise.resolve(received.shift()) : new Promise((done) => waiting.push(done)));
  return { socket, next };
}

export const checks = {
  async test(ctrl, env) {
    const room = env.ROOM.getByName('checks');
    const { socket, next } = await open(room, '?tag=red&tag=blue&tag=red');
    const others = [await open(room, '?tag=blue'), await open(room)];
    const check = async (name) => {
      socket.send(name);
      assert.strictEqual(await next(), 'done', name);
    };
    for (const name of ['order', 'identity', 'attachment', 'uses', 'tags', 'answers']) {
      await check(name);
    }
    socket.send('ping');
    assert.strictEqual(await next(), 'pong');
    await check('answered');
    await check('timeout');
    for (const each of [{ socket, next }, ...others]) {
      each.socket.close();
      assert.deepStrictEqual(await each.next(), [1000, 'closed']);
    }
  },
};

export const messages = {
  async test(ctrl, env) {
    const { socket, next } = await open(env.ROOM.getByName('messages'));
    socket.send('one');
    socket.send('throw');
    socket.send(new Uint8Array(3));
    socket.send('two');
    assert.strictEqual(await next(), 'heard one');
    assert.strictEqual(await next(), 'ArrayBuffer of 3');
    assert.strictEqual(await next(), 'heard two');
    socket.close();
    await next();
  },
};

export const closing = {
  async test(ctrl, env) {
    const room = env.ROOM.getByName('closing');
    const first = await open(room, '?tag=a');
    first.socket.close(4001, 'bye');
    assert.strictEqual(await first.next(), 'last words');
    assert.deepStrictEqual(await first.next(), [1000, 'closed']);
    assert.deepStrictEqual(await room.takeSeen(), [[[4001, 'bye', true, WebSocket.CLOSING, ['a'], 1]], 0]);
    const second = await open(room, '?tag=b');
    second.socket.send('bye');
    assert.deepStrictEqual(await second.next(), [4000, 'from here']);
    second.socket.close(4002, 'too');
    let seen;
    do {
      [seen] = await room.takeSeen();
    } while (!seen.length);
    assert.deepStrictEqual(seen, [[4002, 'too', true, WebSocket.CLOSED, ['b'], 1]]);
  },
};

export const withoutHandlers = {
  async test(ctrl, env) {
    const deaf = env.DEAF.getByName('deaf');
    const { socket, next } = await open(deaf);
    assert.strictEqual(await next(), 'welcome');
    socket.send('nobody hears this');
    assert.strictEqual(await deaf.end(), 1);
    assert.deepStrictEqual(await next(), [1000, 'the end']);
    socket.close();
  },
};
