import assert from 'node:assert';
import { internalNewHttpClient } from 'cloudflare:sockets';

const encode = (text) => new TextEncoder().encode(text);

// A server that answers with what it reads, but for some paths.
export default {
  async connect(socket) {
    const writer = socket.writable.getWriter();
    const decoder = new TextDecoder();
    let head = '';
    for await (const chunk of socket.readable) {
      head += decoder.decode(chunk, { stream: true });
      if (!head.includes('\r\n\r\n')) continue;
      const path = head.split(' ')[1];
      if (path === '/garbage') {
        await writer.write(encode('garbage\r\n\r\n'));
        break;
      }
      const close = path === '/close' ? 'Connection: close\r\n' : '';
      await writer.write(encode(`HTTP/1.1 200 OK\r\n${close}Content-Length: ${head.length}\r\n\r\n${head}`));
      head = '';
      if (close) break;
    }
    await writer.close();
  },
};

const client = (env) => internalNewHttpClient(env.SERVER.connect('server:80'));

export const requestsGoOverOneConnection = {
  async test(_, env) {
    const http = await client(env);
    const first = await http.fetch('https://user@example.com:81/a?b#c', { headers: { connection: 'close', 'x-y': 'z' } });
    assert.strictEqual((await first.text()).toLowerCase(), 'get /a?b http/1.1\r\nhost: example.com:81\r\nx-y: z\r\n\r\n');
    const second = await http.fetch('http://other/');
    assert.strictEqual((await second.text()).toLowerCase(), 'get / http/1.1\r\nhost: other\r\n\r\n');
  },
};

export const theSocketIsTaken = {
  async test(_, env) {
    const socket = env.SERVER.connect('server:80');
    const http = await internalNewHttpClient(socket);
    assert.deepStrictEqual([socket.readable.locked, socket.writable.locked, socket.upgraded], [true, true, false]);
    await socket.closed;
    await socket.close();
    await assert.rejects(internalNewHttpClient(socket), {
      name: 'TypeError',
      message: 'This WritableStream is currently locked to a writer.',
    });
    assert.strictEqual((await http.fetch('http://a/')).status, 200);
  },
};

export const writesGoFirst = {
  async test(_, env) {
    const socket = env.SERVER.connect('server:80');
    const writer = socket.writable.getWriter();
    await writer.write(encode('GET /before HTTP/1.1\r\n\r\n'));
    writer.releaseLock();
    const reader = socket.readable.getReader();
    const { value } = await reader.read();
    assert.match(new TextDecoder().decode(value), /\/before/);
    reader.releaseLock();
    const http = await internalNewHttpClient(socket);
    assert.match(await (await http.fetch('http://a/after')).text(), /\/after/);
  },
};

export const lockedStreamsAreRefused = {
  async test(_, env) {
    const read = env.SERVER.connect('server:80');
    read.readable.getReader();
    await assert.rejects(internalNewHttpClient(read), {
      name: 'TypeError',
      message: 'The ReadableStream has been locked to a reader.',
    });
    const closed = env.SERVER.connect('server:80');
    await closed.opened;
    await closed.close();
    await assert.rejects(internalNewHttpClient(closed), { name: 'TypeError', message: 'This socket has been closed.' });
    await assert.rejects(internalNewHttpClient(3), {
      name: 'TypeError',
      message: "Failed to execute 'internalNewHttpClient' on 'SocketsModule': parameter 1 is not of type 'Socket'.",
    });
  },
};

export const failures = {
  async test(_, env) {
    const closing = await client(env);
    await (await closing.fetch('http://a/close')).text();
    await scheduler.wait(20);
    await assert.rejects(closing.fetch('http://a/'), /^Error: internal error; reference = /);
    await assert.rejects((await client(env)).fetch('http://a/garbage'), /^Error: internal error; reference = /);
    const http = await client(env);
    await assert.rejects(http.fetch('/relative'), { name: 'TypeError', message: 'Invalid URL: /relative' });
    await assert.rejects(http.method(), { name: 'TypeError', message: 'The receiver is not an RPC object' });
    assert.throws(() => http.connect('a:1'), {
      name: 'TypeError',
      message: 'connect is not something that can be done on a fetcher converted from a socket',
    });
  },
};

const unread = /^Error: internal error; reference = /;

export const anAnswerWaitsForTheOneBefore = {
  async test(_, env) {
    const http = await client(env);
    const first = await http.fetch('http://a/1');
    const second = http.fetch('http://a/2');
    const late = scheduler.wait(50).then(() => 'late');
    assert.strictEqual(await Promise.race([second, late]), 'late');
    assert.match(await first.text(), /\/1/);
    assert.match(await (await second).text(), /\/2/);
  },
};

export const anAnswerThatNobodyReadsIsInTheWay = {
  async test(_, env) {
    const http = await client(env);
    const first = await http.fetch('http://a/1');
    const second = assert.rejects(http.fetch('http://a/2'), unread);
    await first.body.cancel();
    await second;
    await assert.rejects(http.fetch('http://a/3'), unread);
  },
};

export const anAbortedAnswerIsGoneBeforeTheNextTimer = {
  async test(_, env) {
    const http = await client(env);
    const timed = (url) => http.fetch(url, { signal: AbortSignal.timeout(50) });
    const first = timed('http://a/1');
    const second = assert.rejects(timed('http://a/2'), unread);
    assert.strictEqual((await first).status, 200);
    await second;
    await assert.rejects((await first).text(), { name: 'TimeoutError' });
  },
};
