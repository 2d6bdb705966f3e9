// Consoles that write to streams, the global one with what Node.js adds to it, and warnings.
import assert from 'node:assert';
import globalOne, { Console } from 'node:console';
import { EventEmitter } from 'node:events';
import process from 'node:process';
import { Writable } from 'node:stream';

function collect() {
  const chunks = [];
  const stream = new Writable({
    write(chunk, _encoding, callback) {
      chunks.push(String(chunk));
      callback();
    },
  });
  return { chunks, stream };
}

export const lines = {
  test() {
    const [out, err] = [collect(), collect()];
    const console = new Console(out.stream, err.stream);
    console.log('%s is %d', 'x', 5, { a: 1 });
    console.group('group');
    console.warn('two\nlines');
    console.groupEnd();
    console.dir({ a: { b: 1 } }, { depth: 0 });
    console.count();
    console.countReset();
    console.count();
    console.assert(false, 'of %s', 'text');
    console.assert(false, { a: 1 });
    console.trace('here');
    const { log } = console;
    log('alone');
    assert.deepStrictEqual(out.chunks, ['x is 5 { a: 1 }\n', 'group\n', '{ a: [Object] }\n', 'default: 1\n', 'default: 1\n', 'alone\n']);
    assert.deepStrictEqual(err.chunks.slice(0, 3), ['  two\n  lines\n', 'Assertion failed: of text\n', 'Assertion failed { a: 1 }\n']);
    assert.match(err.chunks[3], /^Trace: here\n    at Object\.test/);
  },
};

export const tables = {
  test() {
    const { chunks, stream } = collect();
    const console = new Console(stream);
    console.table([{ a: 1 }, { b: 'two' }, 3]);
    console.table(new Map([['k', { v: 1 }]]));
    console.table([{ a: 1, b: 2 }], ['b']);
    console.table('text');
    assert.throws(() => console.table([], 'b'), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.deepStrictEqual(chunks, [
      `┌─────────┬───┬───────┬────────┐
│ (index) │ a │ b     │ Values │
├─────────┼───┼───────┼────────┤
│ 0       │ 1 │       │        │
│ 1       │   │ 'two' │        │
│ 2       │   │       │ 3      │
└─────────┴───┴───────┴────────┘
`,
      `┌───────────────────┬─────┬──────────┐
│ (iteration index) │ Key │ Values   │
├───────────────────┼─────┼──────────┤
│ 0                 │ 'k' │ { v: 1 } │
└───────────────────┴─────┴──────────┘
`,
      `┌─────────┬───┐
│ (index) │ b │
├─────────┼───┤
│ 0       │ 2 │
└─────────┴───┘
`,
      'text\n',
    ]);
  },
};

export const options = {
  test() {
    const { stream } = collect();
    assert.throws(() => new Console(), { code: 'ERR_CONSOLE_WRITABLE_STREAM' });
    assert.throws(() => new Console({ stdout: stream, colorMode: 1 }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => new Console({ stdout: stream, colorMode: true, inspectOptions: { colors: true } }), {
      code: 'ERR_INCOMPATIBLE_OPTION_PAIR',
    });
    const colored = collect();
    new Console({ stdout: colored.stream, colorMode: true }).log({ a: 1 });
    assert.deepStrictEqual(colored.chunks, ['{ a: \u001b[33m1\u001b[39m }\n']);
    const failing = {
      write() {
        throw new Error('full');
      },
      listenerCount: () => 1,
      removeListener() {},
    };
    new Console(failing).log('lost');
    assert.throws(() => new Console({ stdout: failing, ignoreErrors: false }).log('lost'), { message: 'full' });
  },
};

export const instances = {
  test() {
    assert.strictEqual(globalOne, globalThis.console);
    assert.strictEqual(globalOne.Console, Console);
    assert(globalOne instanceof Console);
    assert(!({} instanceof Console));
    const { chunks, stream } = collect();
    class Loud extends Console {
      log(text) {
        super.log(`${text}!`);
      }
    }
    const loud = new Loud(stream);
    loud.log('hey');
    assert(loud instanceof Loud && Console(stream) instanceof Console);
    assert.deepStrictEqual(chunks, ['hey!\n']);
    assert.deepStrictEqual(Object.keys(loud).length, 19);
  },
};

export const warnings = {
  async test() {
    const seen = [];
    process.on('warning', (warning) => seen.push(warning.message));
    const { stream } = collect();
    const console = new Console(stream);
    console.time('a');
    console.time('a');
    console.timeEnd('b');
    console.countReset('c');
    const emitter = new EventEmitter();
    for (let i = 0; i < 11; i++) emitter.on('x', () => {});
    await scheduler.wait(1);
    assert.deepStrictEqual(seen, [
      "Label 'a' already exists for console.time()",
      "No such label 'b' for console.timeEnd()",
      "Count for 'c' does not exist",
      'Possible EventEmitter memory leak detected. 11 x listeners added to [EventEmitter]. Use emitter.setMaxListeners() to increase limit',
    ]);
  },
};
