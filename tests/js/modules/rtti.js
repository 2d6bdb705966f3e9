import { ok, strictEqual, throws } from 'node:assert';
import rtti from 'workerd:rtti';

/** What a message of one segment holds, as text. */
const text = (message) => Buffer.from(message).toString('latin1');

export const types = {
  test() {
    const message = rtti.exportTypes('2023-05-18', ['nodejs_compat']);
    ok(message instanceof ArrayBuffer);
    strictEqual(message.byteLength % 8, 0);
    for (const name of ['ReadableStream', 'pipeThrough', 'PipeToOptions', 'preventAbort', 'KvNamespace', 'jsg::Optional']) {
      ok(text(message).includes(name), name);
    }
  },
};

export const flags = {
  test() {
    ok(!text(rtti.exportTypes('2023-05-18', [])).includes('workerd:unsafe'));
    ok(text(rtti.exportTypes('2023-05-18', ['unsafe_module'])).includes('workerd:unsafe'));
    ok(text(rtti.exportExperimentalTypes()).includes('workerd:unsafe'));
  },
};

export const refusals = {
  test() {
    throws(() => rtti.exportTypes('x', []), { name: 'Error', message: 'Invalid compatibility date: x' });
    throws(() => rtti.exportTypes('2023-05-18', ['nope']), { name: 'Error', message: 'No such compatibility flag: nope' });
    throws(() => rtti.exportTypes('2023-05-18', 'x'), {
      name: 'TypeError',
      message: "Failed to execute 'exportTypes' on 'RTTIModule': parameter 2 is not of type 'Array'.",
    });
  },
};

export const module = {
  async test() {
    const namespace = await import('workerd:rtti');
    strictEqual(namespace.default, rtti);
    strictEqual(Object.keys(namespace).join(), 'default');
    strictEqual(Object.getPrototypeOf(rtti).constructor.name, 'RTTIModule');
  },
};
