import { deepStrictEqual, rejects, strictEqual } from 'node:assert';

let items = [];

export default {
  tail(events) {
    items.push(...events);
  },
};

/** What is heard of the one event that `action` starts. */
async function heard(action) {
  items = [];
  await action().catch(() => {});
  for (let turn = 0; items.length === 0 && turn < 2000; turn++) await scheduler.wait(5);
  const [{ outcome, exceptions }] = items;
  return [outcome, ...exceptions.map(({ name, message }) => `${name}: ${message}`)];
}

/** What a method throws is its caller's; what is thrown later does not change what has become of the call. */
export const calls = {
  async test(_, { REMOTE }) {
    deepStrictEqual(await heard(async () => REMOTE.throws()), ['ok']);
    deepStrictEqual(await heard(async () => REMOTE.nope()), ['ok']);
    deepStrictEqual(await heard(async () => REMOTE.background()), ['ok', 'Error: in the background']);
    deepStrictEqual(await heard(async () => REMOTE.timer()), ['ok', 'Error: of a timer']);
  },
};

export const thrownObjects = {
  async test(_, { REMOTE }) {
    let thrown;
    const call = () => REMOTE.throwsObject().catch((reason) => (thrown = reason));
    deepStrictEqual(await heard(async () => call()), ['ok']);
    strictEqual(thrown instanceof Error, false);
    deepStrictEqual({ ...thrown }, { a: [1], remote: true });
  },
};

export const objects = {
  async test(_, { OBJECT }) {
    const object = OBJECT.get(OBJECT.idFromName('a'));
    await rejects(object.throws(), { name: 'RangeError', durableObjectId: object.id.toString(), remote: true });
    // Only what the object has thrown says which one it was.
    await rejects(object.nope(), (error) => error.remote && !('durableObjectId' in error));
    await scheduler.wait(20);
    deepStrictEqual(await heard(async () => object.throws()), ['ok']);
    deepStrictEqual(await heard(async () => object.nope()), ['ok']);
    deepStrictEqual(await heard(async () => object.abort()), ['exception', 'Error: given up']);
  },
};

export const streams = {
  async test(_, { REMOTE }) {
    const failed = async () => (await REMOTE.fetch('http://example.com')).text();
    deepStrictEqual(await heard(failed), ['exception', 'Error: of a stream']);
  },
};

export const tooMuch = {
  async test(_, { REMOTE }) {
    await heard(async () => REMOTE.logs());
    strictEqual(items[0].truncated, true);
    strictEqual(items[0].logs.length, 3159);
    strictEqual((await heard(async () => REMOTE.exceptions())).length, 1 + 1957);
  },
};
