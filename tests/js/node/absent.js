// Modules that a Worker can import, of which little or nothing works.
import assert from 'node:assert';
import { EventEmitter } from 'node:events';
import { builtinModules, isBuiltin } from 'node:module';
import childProcess from 'node:child_process';
import cluster from 'node:cluster';
import dgram from 'node:dgram';
import domain from 'node:domain';
import http2 from 'node:http2';
import inspector from 'node:inspector';
import perfHooks from 'node:perf_hooks';
import readline from 'node:readline';
import repl from 'node:repl';
import traceEvents from 'node:trace_events';
import v8 from 'node:v8';
import vm from 'node:vm';
import wasi from 'node:wasi';
import workerThreads from 'node:worker_threads';

const absent = { code: 'ERR_METHOD_NOT_IMPLEMENTED' };
const wrongType = { code: 'ERR_INVALID_ARG_TYPE' };

export const calls = {
  test() {
    assert.throws(() => childProcess.fork('x.js'), absent);
    assert.throws(() => childProcess.fork('x.js', 5), wrongType);
    assert.throws(() => childProcess.exec(), wrongType);
    assert.throws(() => cluster.fork(), absent);
    assert.throws(() => new inspector.Session(), absent);
    assert.throws(() => http2.connect(), absent);
    assert.throws(() => new repl.REPLServer(), absent);
    assert.throws(() => v8.serialize({}), { ...absent, message: 'The serialize method is not implemented' });
    assert.throws(() => v8.writeHeapSnapshot(5), wrongType);
    assert.throws(() => vm.runInThisContext('1'), absent);
    assert.throws(() => vm.runInContext('1', {}), /must be an vm\.Context/);
    assert.throws(() => new wasi.WASI({ version: 'x' }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => new workerThreads.Worker('x'), absent);
    assert.throws(() => perfHooks.createHistogram(), absent);
    try {
      cluster.fork();
    } catch (error) {
      assert.strictEqual(error.constructor.name, 'ERR_METHOD_NOT_IMPLEMENTED');
      assert.strictEqual(error.name, 'Error');
      assert(!Object.hasOwn(error, 'toString'));
      assert.match(String(error), /^Error \[ERR_METHOD_NOT_IMPLEMENTED\]: /);
    }
  },
};

export const values = {
  async test() {
    assert.strictEqual(v8.getHeapStatistics().used_heap_size, 0);
    assert.deepStrictEqual(perfHooks.eventLoopUtilization(), { idle: 0, active: 0, utilization: 0 });
    assert.ok(Object.isFrozen(perfHooks.constants));
    assert.strictEqual(http2.constants.HTTP2_HEADER_METHOD, ':method');
    assert.strictEqual(workerThreads.isMainThread, true);
    assert.ok(new workerThreads.MessageChannel().port1 instanceof workerThreads.MessagePort);
    assert.strictEqual(vm.isContext(vm.createContext({ a: 1 })), true);
    assert.strictEqual(traceEvents.createTracing({ categories: ['a', 'b'] }).categories, 'a,b');
    assert.strictEqual(await readline.promises.createInterface().question('?'), '');
    const socket = dgram.createSocket('udp4', () => {});
    assert.ok(socket instanceof EventEmitter);
    assert.strictEqual(socket.listenerCount('message'), 0);
    const created = domain.createDomain();
    assert.strictEqual(created.run(function () { return this; }), created);
  },
};

export const names = {
  async test() {
    assert.deepStrictEqual(Object.keys(await import('node:sys')), Object.keys(await import('node:util')));
    assert.ok(isBuiltin('vm') && isBuiltin('node:readline/promises') && !isBuiltin('nope'));
    assert.ok(builtinModules.includes('worker_threads'));
  },
};
