import adding from 'add.wasm';
import signalling from 'signal.wasm';
import { DistanceMetric, KnownModel, MetadataRetrievalLevel } from 'cloudflare:vectorize';
import { NonRetryableError } from 'cloudflare:workflows';
import * as process from 'node:process';

function same(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: ${String(actual)} instead of ${String(expected)}`);
}

async function failure(body) {
  try {
    await body();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
  return 'none';
}

export const workflows = {
  test() {
    same(String(new NonRetryableError('m')), 'NonRetryableError: m', 'the name');
    same(String(new NonRetryableError('m', 'Other')), 'Other: m', 'a given name');
  },
};

export const vectorize = {
  test() {
    same(Object.keys(KnownModel).length, 5, 'models');
    same(Object.values(DistanceMetric).join(), 'euclidean,cosine,dot-product', 'metrics');
    same(Object.values(MetadataRetrievalLevel).join(), 'all,indexed,none', 'levels');
  },
};

export const email = {
  async test() {
    const text = await failure(() => import('cloudflare:email'));
    if (!text.includes('cloudflare-internal:email')) throw new Error(text);
  },
};

export const oldProcess = {
  test() {
    same(Object.keys(process).join(), 'default,env,exit,features,getBuiltinModule,nextTick,platform', 'exports');
  },
};

export const modulesAreKnownByWhatTheyAre = {
  test() {
    same(adding instanceof WebAssembly.Module, true, 'a module');
    same(Object.create(WebAssembly.Module.prototype) instanceof WebAssembly.Module, false, 'an imitation');
  },
};

export const instances = {
  async test() {
    const made = new WebAssembly.Instance(adding);
    same(made instanceof WebAssembly.Instance, true, 'instanceof');
    same(made.constructor, WebAssembly.Instance, 'constructor');
    same((await WebAssembly.instantiate(adding)) instanceof WebAssembly.Instance, true, 'instanceof');
    class Mine extends WebAssembly.Instance {}
    same(new Mine(adding) instanceof Mine, true, 'a class of its own');
    same(WebAssembly.Instance.length, 1, 'length');
    same(WebAssembly.instantiate.length, 1, 'length');
    same(await failure(() => WebAssembly.Instance(adding)), "TypeError: WebAssembly.Instance must be invoked with 'new'", 'a call');
    same((await failure(() => WebAssembly.instantiate(1))).split(':')[0], 'TypeError', 'no module');
  },
};

// The module's memory has 7 at the word of the notice, which is at 16.
export const noticesAreClearedAtTheStart = {
  async test() {
    for (const { exports } of [new WebAssembly.Instance(signalling), await WebAssembly.instantiate(signalling)]) {
      same(exports.__instance_signal.value, 16, 'the address');
      same(new DataView(exports.memory.buffer).getUint32(16, true), 0, 'the word');
      same(new DataView(exports.memory.buffer).getUint32(20, true), 9, 'its neighbour');
    }
  },
};
