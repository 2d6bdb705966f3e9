import { deepStrictEqual, ok, rejects, strictEqual, throws } from 'node:assert';
import fs from 'node:fs';
import { open, readFile } from 'node:fs/promises';

// What global scope writes, no event sees.
fs.writeFileSync('/tmp/early', 'x');
strictEqual(fs.readFileSync('/dev/random').length, 0);

const text = (path) => fs.readFileSync(path, 'utf8');

export const tree = {
  test() {
    deepStrictEqual(fs.readdirSync('/'), ['bundle', 'tmp', 'dev']);
    deepStrictEqual(fs.readdirSync('/tmp'), []);
    strictEqual(text('/bundle/texts/one.txt'), 'one');
    strictEqual(text('texts/one.txt'), 'one');
    throws(() => fs.writeFileSync('/bundle/x', 'x'), { code: 'EPERM', syscall: 'writeAll' });
    fs.writeFileSync('/tmp/a b', '1');
    fs.writeFileSync('/tmp/ü?#%', '2');
    deepStrictEqual(fs.readdirSync('/tmp'), ['a%20b', '%C3%BC%3F%23%']);
    process.chdir('/tmp');
    strictEqual(text('a b'), '1');
    process.chdir('/bundle');
    throws(() => process.chdir('nowhere'), {
      code: 'ENOENT',
      message: "no such file or directory, chdir 'bundle/nowhere'",
    });
  },
};

export const opening = {
  test() {
    throws(() => fs.openSync('/tmp/new', 'r+'), {
      code: 'ENOENT',
      message: "no such file or directory, open '/tmp/new'",
      path: '/tmp/new',
    });
    throws(() => fs.openSync('/tmp/no/new', 'w'), { code: 'ENOENT' });
    throws(() => fs.openSync('/bundle/new', 'w'), { code: 'EPERM' });
    throws(() => fs.openSync('/tmp', 'w'), { code: 'EISDIR' });
    const fd = fs.openSync('/tmp/new', 'wx+');
    throws(() => fs.openSync('/tmp/new', 'wx'), { code: 'EEXIST' });
    const bytes = Buffer.from('hello world');
    strictEqual(fs.writeSync(fd, bytes), 11);
    strictEqual(fs.writeSync(fd, bytes.subarray(6)), 5);
    strictEqual(fs.writeSync(fd, bytes, 2, 3, 0), 3);
    strictEqual(fs.writeSync(fd, '!', 20), 1);
    strictEqual(text('/tmp/new'), 'llolo worldworld\0\0\0\0!');
    const room = Buffer.alloc(4);
    strictEqual(fs.readSync(fd, room, 0, 4, 6), 4);
    strictEqual(room.toString(), 'worl');
    throws(() => fs.readSync(fd, room, 2, 4, 0), { code: 'ERR_OUT_OF_RANGE' });
    fs.closeSync(fd);
    throws(() => fs.fstatSync(fd), { code: 'EBADF' });
    fs.closeSync(fs.openSync('/tmp/new', 'w'));
    strictEqual(fs.statSync('/tmp/new').size, 0);
  },
};

export const devices = {
  test() {
    for (const [name, isRead] of [['zero', (byte) => byte === 0], ['random', (byte) => byte !== 7]]) {
      const fd = fs.openSync(`/dev/${name}`);
      const bytes = new Uint8Array(100_000).fill(7);
      strictEqual(fs.readSync(fd, bytes.subarray(1, 60_000)), 59_999);
      deepStrictEqual([bytes[0], bytes[60_000]], [7, 7]);
      ok(bytes.subarray(1, 60_000).filter(isRead).length > 50_000);
      strictEqual(fs.readSync(fd, new Uint8Array()), 0);
      fs.closeSync(fd);
    }
  },
};

export const moving = {
  test() {
    fs.mkdirSync('/tmp/one/two', { recursive: true });
    fs.writeFileSync('/tmp/one/two/f', 'f');
    fs.writeFileSync('/tmp/file', 'file');
    throws(() => fs.renameSync('/tmp/one', '/tmp/one/two/three'), { code: 'EINVAL' });
    throws(() => fs.renameSync('/tmp/one', '/tmp/file'), { code: 'ENOTDIR' });
    throws(() => fs.renameSync('/tmp/file', '/tmp/one'), { code: 'EISDIR' });
    fs.mkdirSync('/tmp/empty');
    fs.renameSync('/tmp/one', '/tmp/empty');
    strictEqual(text('/tmp/empty/two/f'), 'f');
    fs.renameSync('/tmp/file', '/tmp/empty/two/f');
    strictEqual(text('/tmp/empty/two/f'), 'file');
    throws(() => fs.rmSync('/tmp/empty'), { code: 'ENOTEMPTY' });
    fs.cpSync('/tmp/empty', '/tmp/copy', { recursive: true });
    fs.rmSync('/tmp/empty', { recursive: true });
    deepStrictEqual(fs.readdirSync('/tmp', { recursive: true }), ['tmp/copy', 'tmp/copy/two', 'tmp/copy/two/f']);
  },
};

export const links = {
  test() {
    fs.writeFileSync('/tmp/target', 't');
    fs.symlinkSync('/tmp/target', '/tmp/link');
    strictEqual(fs.readlinkSync('/tmp/link'), '/tmp/target');
    ok(fs.lstatSync('/tmp/link').isSymbolicLink());
    ok(fs.statSync('/tmp/link').isFile());
    fs.linkSync('/tmp/target', '/tmp/hard');
    fs.appendFileSync('/tmp/hard', '!');
    strictEqual(text('/tmp/link'), 't!');
    fs.symlinkSync('/tmp/loop', '/tmp/loop');
    throws(() => fs.statSync('/tmp/loop'), { code: 'ELOOP' });
  },
};

export const promises = {
  async test() {
    await using handle = await open('/tmp/h', 'w+');
    const { bytesWritten } = await handle.write('some text');
    strictEqual(bytesWritten, 9);
    strictEqual((await handle.read(Buffer.alloc(4), 0, 4, 5)).buffer.toString(), 'text');
    await rejects(readFile('/tmp/none'), { code: 'ENOENT' });
    strictEqual(await readFile('/tmp/h', 'utf8'), 'some text');
    const other = await open('/tmp/h', 'r');
    const chunks = await Array.fromAsync(other.readableWebStream({ autoClose: false }));
    deepStrictEqual(Buffer.concat(chunks).toString(), 'some text');
  },
};

export const streams = {
  async test() {
    const stream = fs.createWriteStream('/tmp/s');
    stream.write('one,');
    stream.write('two');
    await new Promise((resolve) => stream.end(',three', resolve));
    let read = '';
    for await (const chunk of fs.createReadStream('/tmp/s', { start: 4, end: 6 })) read += chunk;
    strictEqual(read, 'two');
  },
};

export const patterns = {
  test() {
    fs.mkdirSync('/tmp/g/sub', { recursive: true });
    for (const name of ['a.js', 'b.ts', 'sub/c.js']) fs.writeFileSync(`/tmp/g/${name}`, '');
    const glob = (pattern, options) => fs.globSync(pattern, { cwd: '/tmp/g', ...options }).sort();
    deepStrictEqual(glob('*.{js,ts}'), ['a.js', 'b.ts']);
    deepStrictEqual(glob('**/*.js'), ['a.js', 'sub/c.js']);
    deepStrictEqual(glob('**', { exclude: ['sub/**'] }), ['a.js', 'b.ts']);
  },
};

// What a getter of the console writes while a line is printed does not disturb it.
export const output = {
  test() {
    const { log } = console;
    const lines = [];
    let armed = true;
    Object.defineProperty(console, 'log', {
      configurable: true,
      get() {
        if (armed) {
          armed = false;
          fs.writeSync(1, 'inner ');
        }
        return (line) => lines.push(line);
      },
    });
    try {
      fs.writeSync(1, 'one ');
      fs.writeSync(1, 'line\nrest\n');
      fs.writeSync(2, '\n');
    } finally {
      Object.defineProperty(console, 'log', { value: log, configurable: true, writable: true });
    }
    deepStrictEqual(lines, ['stdout: one line', 'stdout: inner rest', 'stderr:']);
    strictEqual(fs.writeSync(1, Buffer.alloc(20_000, 10)), 16_384);
  },
};
