import { deepStrictEqual, rejects, strictEqual, throws } from 'node:assert';
import { WorkerEntrypoint } from 'cloudflare:workers';

let asked;
let answer;

const METRICS = { backlogCount: 1, backlogBytes: 2, oldestMessageTimestamp: 3 };

async function answered(request, by) {
  asked = {
    by,
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    body: new Uint8Array(await request.arrayBuffer()),
  };
  return answer?.() ?? Response.json({ ...METRICS, metadata: { metrics: METRICS, more: 1 } });
}

export class Named extends WorkerEntrypoint {
  fetch(request) {
    return answered(request, 'named');
  }
}

const text = () => new TextDecoder().decode(asked.body);

export default {
  fetch(request) {
    return answered(request, 'default');
  },

  queue(batch) {
    answer = batch.messages[0].body;
  },
};

export const messages = {
  async test(_, { QUEUE, NAMED }) {
    const sent = await QUEUE.send('é', { contentType: 'Text', delaySeconds: 2.7 });
    const metrics = { ...METRICS, oldestMessageTimestamp: new Date(3) };
    deepStrictEqual(sent, { metadata: { metrics } });
    deepStrictEqual(asked, {
      by: 'default',
      method: 'POST',
      url: 'https://fake-host/message',
      headers: {
        'content-length': '2',
        'content-type': 'application/octet-stream',
        'x-msg-delay-secs': '2',
        'x-msg-fmt': 'text',
      },
      body: new Uint8Array([0xc3, 0xa9]),
    });

    await NAMED.send({ a: [1] }, { contentType: 'json' });
    strictEqual(asked.by, 'named');
    strictEqual(text(), '{"a":[1]}');

    deepStrictEqual(await QUEUE.metrics(), metrics);
    strictEqual(asked.method, 'GET');
    strictEqual(asked.url, 'https://fake-host/metrics');
    deepStrictEqual(asked.headers, {});
  },
};

export const bytes = {
  async test(_, { QUEUE }) {
    const whole = new Uint8Array([1, 2, 3, 4]);
    const part = whole.subarray(1, 3);
    await QUEUE.send(part, { contentType: 'bytes' });
    deepStrictEqual(asked.body, new Uint8Array([2, 3]));
    // What is sent alone is taken, what is sent in a batch is not.
    strictEqual(whole.length, 0);
    const kept = new Uint8Array([5]);
    await QUEUE.sendBatch([{ body: kept, contentType: 'bytes' }]);
    strictEqual(kept.length, 1);
    strictEqual(text(), '{"messages":[{"body":"BQ==","contentType":"bytes"}]}');
  },
};

export const batches = {
  async test(_, { QUEUE }) {
    await QUEUE.sendBatch(
      [
        { body: 'abc', contentType: 'text' },
        { body: { a: 1 }, contentType: 'json', delaySeconds: -1 },
      ].values(),
      { delaySeconds: 5 },
    );
    deepStrictEqual(asked.headers, {
      'cf-queue-batch-bytes': '10',
      'cf-queue-batch-count': '2',
      'cf-queue-largest-msg': '7',
      'content-length': '112',
      'content-type': 'application/json',
      'x-msg-delay-secs': '5',
    });
    strictEqual(
      text(),
      '{"messages":[{"body":"YWJj","contentType":"text"},{"body":"eyJhIjoxfQ==","contentType":"json","delaySecs": -1}]}',
    );
  },
};

export const clones = {
  async test(_, { QUEUE, SELF }) {
    const values = [
      [1, , 'é', 1.5, 10n ** 20n],
      new Map([[new Date(0), new Set([/x/gi])]]),
      new Uint16Array([1, 2]),
      new DataView(new ArrayBuffer(3), 1),
      new RangeError('r'),
    ];
    for (const value of values) {
      await QUEUE.send(value, { contentType: 'v8' });
      deepStrictEqual([...asked.body.subarray(0, 2)], [0xff, 15]);
      const message = { id: '1', timestamp: new Date(), serializedBody: asked.body, attempts: 1 };
      await SELF.queue('q', [message]);
      const received = answer;
      answer = undefined;
      deepStrictEqual(received, value);
    }
  },
};

export const refusals = {
  async test(_, { QUEUE }) {
    const refused = async (call, name, message) => rejects(call, { name, message });
    await refused(() => QUEUE.send(undefined), 'TypeError', 'Message body cannot be undefined');
    await refused(() => QUEUE.sendBatch([{}]), 'TypeError', 'Message body cannot be undefined');
    await refused(() => QUEUE.sendBatch([]), 'TypeError', 'sendBatch() requires at least one message');
    await refused(
      () => QUEUE.sendBatch([null]),
      'TypeError',
      'Cannot initialize N7workerd3api11WorkerQueue18MessageSendRequestE with required members from an undefined or null value.',
    );
    const unknown = 'Unsupported queue message content type: ';
    await refused(() => QUEUE.send(1, { contentType: 'xml' }), 'TypeError', `${unknown}xml`);
    await refused(() => QUEUE.sendBatch([{ body: 'a', contentType: 'TEXT' }]), 'TypeError', `${unknown}TEXT`);
    await refused(
      () => QUEUE.send(null, { contentType: 'text' }),
      'TypeError',
      'Content Type "text" requires a value of type string, but received: object',
    );
    await refused(
      () => QUEUE.send(new ArrayBuffer(1), { contentType: 'bytes' }),
      'TypeError',
      'Content Type "bytes" requires a value of type ArrayBufferView, but received: object',
    );
    throws(() => new QUEUE.constructor(), TypeError);
  },
};

export const failures = {
  async test(_, { QUEUE }) {
    const fails = async (call, respond, name, message) => {
      answer = respond;
      await rejects(call, { name, message });
      answer = undefined;
    };
    const send = () => QUEUE.send('a', { contentType: 'text' });
    await fails(send, () => new Response('', { status: 500 }), 'Error', 'Queue send failed: Internal Server Error');
    await fails(send, () => new Response(null, { status: 204 }), 'Error', 'Queue send failed: No Content');
    await fails(
      () => QUEUE.sendBatch([{ body: 'a', contentType: 'text' }]),
      () => new Response('', { status: 429, statusText: 'Slow' }),
      'Error',
      'Queue sendBatch failed: Slow',
    );
    await fails(
      () => QUEUE.metrics(),
      () => new Response('', { status: 429, headers: { 'cf-queues-error-code': '7', 'cf-queues-error-cause': 'Full' } }),
      'Error',
      'Full (7)',
    );
    await fails(() => QUEUE.metrics(), () => new Response('', { status: 400 }), 'Error', 'Unknown Internal Error (15000)');
    await fails(send, () => new Response('5'), 'Error', 'Failed to parse queue send response5');
    await fails(send, () => new Response('{'), 'SyntaxError', /JSON/);
    await fails(
      send,
      () => new Response('{"metadata":{}}'),
      'TypeError',
      'Cannot initialize N7workerd3api11WorkerQueue11SendMetricsE with required members from an undefined or null value.',
    );
    await fails(
      send,
      () => {
        throw new RangeError('boom');
      },
      'RangeError',
      'boom',
    );
  },
};
