import { deepStrictEqual, ok, rejects, strictEqual, throws } from 'node:assert';

const root = await navigator.storage.getDirectory();
const tmp = await root.getDirectoryHandle('tmp');

// What global scope writes, no event sees.
await tmp.getFileHandle('early', { create: true });

const names = (directory) => Array.fromAsync(directory.keys());

async function text(handle) {
  return (await handle.getFile()).text();
}

async function write(handle, data, options) {
  const stream = await handle.createWritable(options);
  await stream.write(data);
  await stream.close();
}

export const directories = {
  async test() {
    strictEqual(navigator.storage, navigator.storage);
    strictEqual(root.name, '');
    strictEqual(root.kind, 'directory');
    deepStrictEqual(await names(root), ['bundle', 'tmp', 'dev']);
    deepStrictEqual(await names(tmp), []);
    const dev = await root.getDirectoryHandle('dev');
    deepStrictEqual(await names(dev), ['null', 'zero', 'full', 'random']);
    const bundle = await root.getDirectoryHandle('bundle');
    deepStrictEqual(await names(bundle), ['file-system.js', 'texts']);
    const texts = await bundle.getDirectoryHandle('texts');
    const two = await texts.getFileHandle('two.txt');
    strictEqual(await text(two), 'two');
    await rejects(bundle.getFileHandle('new', { create: true }), {
      name: 'InvalidStateError',
      message: 'Read-only file system',
    });
    await rejects(write(two, 'x'), { name: 'InvalidStateError' });
  },
};

export const iteration = {
  async test() {
    for (const name of ['a', 'b', 'c']) await tmp.getFileHandle(name, { create: true });
    await tmp.getDirectoryHandle('d', { create: true });
    const entries = tmp.entries();
    ok(entries[Symbol.asyncIterator]() === entries);
    const { value, done } = await entries.next();
    strictEqual(done, false);
    strictEqual(value[0], 'a');
    ok(value[1] instanceof FileSystemFileHandle);
    ok(await value[1].isSameEntry(await tmp.getFileHandle('a')));
    // What is removed meanwhile is listed nevertheless.
    await tmp.removeEntry('b');
    strictEqual((await entries.next()).value[0], 'b');
    deepStrictEqual(await entries.return(), { done: true, value: undefined });
    deepStrictEqual(await entries.next(), { done: true, value: undefined });
    const seen = [];
    tmp.forEach(function (name, handle, directory) {
      seen.push(name, handle.kind, directory === tmp, this?.x);
    }, { x: 1 });
    deepStrictEqual(seen, ['a', 'file', true, 1, 'd', 'directory', true, 1, 'c', 'file', true, 1]);
    const gone = await tmp.getDirectoryHandle('d');
    await gone.remove();
    const values = gone.values();
    await rejects(values.next(), { name: 'NotFoundError' });
    throws(() => gone.forEach(() => {}), { name: 'NotFoundError' });
  },
};

export const names_ = {
  async test() {
    for (const name of ['', '.', '..', 'a/b', 'a\\b']) {
      await rejects(tmp.getFileHandle(name, { create: true }), {
        name: 'TypeError',
        message: 'Invalid file name',
      });
      await rejects(tmp.getDirectoryHandle(name), { message: 'Invalid directory name' });
    }
    await tmp.getFileHandle('a b', { create: true });
    deepStrictEqual(await names(tmp), ['a%20b']);
    await rejects(tmp.getFileHandle('nothing'), { name: 'NotFoundError', message: 'Not found' });
    await rejects(root.getFileHandle('tmp'), { name: 'TypeMismatchError' });
    await rejects(tmp.getDirectoryHandle('a b'), { name: 'TypeMismatchError' });
    await rejects(tmp.resolve(root), { message: 'Not implemented' });
  },
};

export const writing = {
  async test() {
    const file = await tmp.getFileHandle('f', { create: true });
    strictEqual((await file.getUniqueId()).length, 36);
    strictEqual(await file.getUniqueId(), await file.getUniqueId());
    const stream = await file.createWritable();
    await stream.write('text');
    await stream.write(new Blob(['blob']));
    await stream.write(new TextEncoder().encode('bytes'));
    strictEqual(await text(file), '');
    await stream.write({ type: 'write', position: 0, data: 'TEXT' });
    await stream.write({ type: 'seek', position: 6 });
    await stream.write('OB');
    await stream.write({ type: 'truncate', size: 10 });
    await rejects(stream.write({ type: 'other' }), { message: 'Invalid write type: other' });
    await rejects(stream.write({ type: 'seek' }), { name: 'SyntaxError' });
    await rejects(stream.write({ type: 'write', data: null }), { name: 'TypeError' });
    await rejects(stream.write(null), { name: 'TypeError' });
    await stream.close();
    strictEqual(await text(file), 'TEXTblOBby');
    await rejects(stream.write('x'), { message: 'write() after closed' });
    await rejects(stream.seek(1), { message: 'seek() after closed' });

    const more = await file.createWritable({ keepExistingData: true });
    await more.seek(12);
    await more.write('!');
    await more.truncate(13);
    await more.close();
    strictEqual(await text(file), 'TEXTblOBby\0\0!');

    const lost = await file.createWritable();
    await lost.write('lost');
    await lost.abort();
    strictEqual(await text(file), 'TEXTblOBby\0\0!');

    await new Response('piped').body.pipeTo(await file.createWritable());
    strictEqual(await text(file), 'piped');
    const large = await file.createWritable();
    await rejects(large.truncate(2 ** 28), { name: 'QuotaExceededError' });
    await large.abort();
  },
};

export const locks = {
  async test() {
    const directory = await tmp.getDirectoryHandle('d', { create: true });
    const file = await directory.getFileHandle('f', { create: true });
    const stream = await file.createWritable();
    const locked = { name: 'NoModificationAllowedError' };
    await rejects(file.remove(), locked);
    await rejects(directory.remove({ recursive: true }), locked);
    await rejects(tmp.removeEntry('d', { recursive: true }), locked);
    const writer = stream.getWriter();
    await rejects(stream.write('x'), { name: 'TypeError' });
    await writer.write('by a writer');
    await writer.close();
    strictEqual(await text(file), 'by a writer');
    await rejects(tmp.removeEntry('d'), { name: 'InvalidModificationError' });
    await tmp.removeEntry('d', { recursive: true });
    await rejects(file.getFile(), { name: 'NotFoundError' });
  },
};
