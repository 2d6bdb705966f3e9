import { deepStrictEqual, notStrictEqual, rejects, strictEqual } from 'node:assert';
import { WorkerEntrypoint } from 'cloudflare:workers';

const message = (id, body, more) => ({ id, timestamp: new Date(2000), body, attempts: 1, ...more });

const behaviour = {
  ackAll: (batch) => batch.ackAll(),
  retryAll: (batch) => batch.retryAll({ delaySeconds: 5 }),
  ackOne: (batch) => batch.messages[1].ack(),
  retryTwo(batch) {
    batch.messages[1].retry({ delaySeconds: 9 });
    batch.messages[0].retry();
  },
  async contradiction(batch) {
    batch.messages[1].retry();
    batch.messages[1].ack();
    batch.retryAll();
    batch.ackAll();
    batch.messages[0].ack();
  },
  async throw() {
    throw new Error('thrown');
  },
  hang: () => new Promise(() => {}),
  background(batch, ctx) {
    ctx.waitUntil(Promise.reject(new Error('in the background')));
  },
  shape(batch) {
    strictEqual(batch.constructor.name, 'QueueController');
    deepStrictEqual(Object.keys(batch), ['metadata', 'queue', 'messages']);
    deepStrictEqual(batch.metadata, {
      metrics: { backlogCount: 1, backlogBytes: 2, oldestMessageTimestamp: new Date(5) },
    });
    const [first, second] = batch.messages;
    strictEqual(first, batch.messages[0]);
    notStrictEqual(batch.messages, batch.messages);
    strictEqual(first.constructor.name, 'QueueMessage');
    deepStrictEqual(Object.keys(first), ['attempts', 'body', 'timestamp', 'id']);
    deepStrictEqual([first.id, first.timestamp, first.body, first.attempts], ['1', new Date(2000), { a: 1 }, 1]);
    strictEqual(first.body, first.body);
    strictEqual(second.attempts, 7);
  },
};

export const consumer = {
  queue(batch, env, ctx) {
    strictEqual(this, consumer);
    return behaviour[batch.queue]?.(batch, ctx);
  },
};

export class Class extends WorkerEntrypoint {
  queue(batch) {
    if (arguments.length === 3) batch.ackAll();
  }
}

export const none = {};

// Members that are absent are undefined or not there, depending on the date.
const { enable_fast_jsg_struct: undefinedMembers } = Cloudflare.compatibilityFlags;
const absent = undefinedMembers ? { delaySeconds: undefined } : {};

const result = (more) => ({
  outcome: 'ok',
  ackAll: false,
  retryBatch: { retry: false, ...absent },
  explicitAcks: [],
  retryMessages: [],
  ...more,
});

export const verdicts = {
  async test(controller, env) {
    const messages = [message('1', { a: 1 }), message('2', 'x', { attempts: 7 })];
    const metadata = { metrics: { backlogCount: 1, backlogBytes: 2, oldestMessageTimestamp: new Date(5) } };
    const gives = async (queue, expected) => {
      deepStrictEqual(await env.consumer.queue(queue, messages, metadata), result(expected), queue);
    };
    await gives('nothing', {});
    await gives('shape', {});
    await gives('ackAll', { ackAll: true });
    await gives('retryAll', { retryBatch: { retry: true, delaySeconds: 5 } });
    await gives('ackOne', { explicitAcks: ['2'] });
    await gives('retryTwo', {
      retryMessages: [{ msgId: '2', delaySeconds: 9 }, { msgId: '1', ...absent }],
    });
    await gives('contradiction', {
      retryBatch: { retry: true, ...absent },
      retryMessages: [{ msgId: '2', ...absent }],
    });
    for (const queue of ['throw', 'hang', 'background']) await gives(queue, { outcome: 'exception' });
    deepStrictEqual(await env.Class.queue('q', messages), result({ ackAll: true }));
    deepStrictEqual(await env.none.queue('q', messages), result({ outcome: 'exception' }));
    deepStrictEqual(await env.hasty.queue('q', messages), result());
    deepStrictEqual(await env.script.queue('q', [message('1', 'q')]), result({ ackAll: true }));
  },
};

export const errors = {
  async test(controller, { consumer }) {
    const refused = (messages, name, text, metadata) =>
      rejects(consumer.queue('q', messages, metadata), { name, message: text });
    const neither = 'Expected one of body or serializedBody for each message';
    await refused([message('1', undefined)], 'TypeError', neither);
    await refused([message('1', 1, { serializedBody: new Uint8Array() })], 'TypeError', neither);
    await refused([message('1', () => 1)], 'DataCloneError', '() => 1 could not be cloned.');
    await refused(
      [message('1', 1, { attempts: 70000 })],
      'TypeError',
      'Value out of range. Must be less than or equal to 65535.'
    );
    await refused(
      [{}],
      'TypeError',
      "Incorrect type for the 'timestamp' field on 'ServiceBindingQueueMessage': the provided value is not of type 'date'."
    );
    await refused(
      [],
      'TypeError',
      'Cannot initialize N7workerd3api19MessageBatchMetricsE with required members from an undefined or null value.',
      {}
    );
    const serialized = (...bytes) => ({ ...message('1'), serializedBody: new Uint8Array(bytes) });
    strictEqual((await consumer.queue('ackAll', [serialized(255, 15, 73, 84)])).outcome, 'ok');
    strictEqual((await consumer.queue('ackAll', [serialized(1, 2, 3)])).outcome, 'exception');
  },
};
