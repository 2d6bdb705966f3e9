import { deepStrictEqual, rejects, strictEqual, throws } from 'node:assert';

const bytes = (text) => new TextEncoder().encode(text);
const text = (body) => new Response(body).text();

export const bodies = {
  async test() {
    const items = {
      *[Symbol.iterator]() {
        yield bytes('a');
        yield bytes('b');
      },
    };
    strictEqual(await text(items), 'ab');
    strictEqual(await text([bytes('c'), bytes('d')]), 'cd');
    strictEqual(await text({ ...items, toString: () => 'text' }), 'text');
    strictEqual(await text({ ...items, [Symbol.toPrimitive]: () => 'primitive' }), 'primitive');
    strictEqual(await text(new String('boxed')), 'boxed');
    const later = {
      async *[Symbol.asyncIterator]() {
        yield bytes('later');
      },
      toString: () => 'text',
    };
    strictEqual(await text(later), 'later');
  },
};

export const strings = {
  async test() {
    const parts = [];
    for await (const part of ReadableStream.from('ab\u{1F600}')) parts.push(part);
    strictEqual(parts.join(), 'a,b,\u{1F600}');
    for (const value of [5, true, null, undefined, Symbol.iterator]) {
      throws(() => ReadableStream.from(value), {
        message: "Failed to execute 'from' on 'ReadableStream': parameter 1 is not of type 'AsyncGenerator'.",
      });
    }
  },
};

async function cancelled(iterator) {
  const next = async () => ({ value: 1, done: false });
  const stream = ReadableStream.from({ [Symbol.asyncIterator]: () => ({ next, ...iterator }) });
  const reader = stream.getReader();
  await reader.read();
  return reader.cancel('reason');
}

export const ends = {
  async test() {
    let reason;
    strictEqual(await cancelled({ async return(value) { reason = value; return {}; } }), undefined);
    strictEqual(reason, 'reason');
    strictEqual(await cancelled({ return: null }), undefined);
    strictEqual(await cancelled({}), undefined);
    await rejects(cancelled({ return: 42 }), { message: "Property 'return' is not a function" });
    await rejects(cancelled({ return: () => 42 }), { message: "Callback returned incorrect type; expected 'Promise'" });
    await rejects(cancelled({ return: async () => 42 }), {
      message: "Incorrect type for Promise: the Promise did not resolve to 'GeneratorNext'.",
    });
  },
};

export const noGuestCodeDuringAnAnswer = {
  async test() {
    let controller;
    const stream = new ReadableStream({ start: (value) => void (controller = value) });
    const reading = stream.getReader().read();
    let looked = false;
    Object.defineProperty(Object.prototype, 'then', { configurable: true, get: () => void (looked = true) });
    controller.enqueue('chunk');
    delete Object.prototype.then;
    strictEqual(looked, false);
    deepStrictEqual(await reading, { value: 'chunk', done: false });
  },
};

export const resultsAreOrdinaryObjects = {
  async test() {
    const asked = [];
    Object.defineProperties(Object.prototype, {
      value: { set: () => asked.push('value'), configurable: true },
      done: { set: () => asked.push('done'), configurable: true },
    });
    try {
      const reader = ReadableStream.from(['a']).getReader();
      const { value, done } = await reader.read();
      strictEqual(value, 'a');
      strictEqual(done, false);
      strictEqual(JSON.stringify(new URLSearchParams('a=b').keys().next()), '{"done":false,"value":"a"}');
      strictEqual(asked.length, 0);
    } finally {
      delete Object.prototype.value;
      delete Object.prototype.done;
    }
  },
};
