// The form of what Node modules export: names, lengths, who has a `prototype`, what can be set.
import assert from 'node:assert';
import { from as fromIterable } from 'node:_stream_readable';
import buffer from 'node:buffer';
import crypto from 'node:crypto';
import nodeModule from 'node:module';
import path from 'node:path';
import { PassThrough, Readable, Stream, Transform, Writable } from 'node:stream';
import * as timers from 'node:timers';
import tty from 'node:tty';
import JSStreamSocket from 'node:_stream_wrap';
import net from 'node:net';
import url from 'node:url';

function form(object, key) {
  const { value, get, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(object, key);
  const shown = value ?? get;
  const flags = [writable && 'W', enumerable && 'E', configurable && 'C'].filter(Boolean).join('');
  return `${shown.name}/${shown.length}${Object.hasOwn(shown, 'prototype') ? '+' : ''} ${flags}`;
}

export const methods = {
  test() {
    assert.strictEqual(form(Readable.prototype, 'push'), '/2+ WEC');
    assert.strictEqual(form(Readable.prototype, 'map'), '/2+ WEC');
    assert.strictEqual(form(Readable.prototype, 'toArray'), 'toArray/1 WEC');
    assert.strictEqual(form(Readable.prototype, 'compose'), '/0+ WEC');
    assert.strictEqual(form(Readable, 'fromWeb'), 'fromWeb/2+ WEC');
    assert.strictEqual(form(Readable, '_fromList'), 'fromList/2+ WEC');
    assert.strictEqual(form(Writable, Symbol.hasInstance), 'value/1+ ');
    assert.strictEqual(form(Transform.prototype, '_transform'), '/0+ WEC');
    assert.strictEqual(form(Buffer.prototype, 'readUint8'), 'readUInt8/0+ WEC');
    assert.strictEqual(form(Buffer.prototype, 'swap16'), 'swap16/0+ WEC');
    assert.strictEqual(form(crypto.Hash.prototype, 'update'), '/2+ WEC');
    assert.strictEqual(form(crypto.ECDH.prototype, 'generateKeys'), '/2+ WEC');
    assert.strictEqual(form(path, 'format'), 'bound _format/1 WEC');
    assert.strictEqual(form(url, 'resolve'), 'resolve/2+ WEC');
  },
};

export const attributes = {
  test() {
    assert.strictEqual(form(Readable.prototype, 'destroyed'), 'get/0 ');
    assert.strictEqual(form(Readable.prototype, 'readableFlowing'), 'get/0+ ');
    assert.strictEqual(form(Writable.WritableState.prototype, 'ended'), 'get/0 E');
    assert.strictEqual(form(Readable.ReadableState.prototype, 'ended'), 'get/0 ');
    assert.strictEqual(Object.getOwnPropertyDescriptor(Stream, 'promises').enumerable, true);
    assert.deepStrictEqual(Object.getOwnPropertyDescriptor(buffer, 'INSPECT_MAX_BYTES').value, 50);
    assert.strictEqual(form(nodeModule.createRequire, 'resolve'), 'value/0 WE');
    assert(Object.isFrozen(nodeModule.constants));
    assert.throws(() => (crypto.fips = false), { code: 'ERR_METHOD_NOT_IMPLEMENTED' });
    assert.strictEqual(crypto.subtle, globalThis.crypto.subtle);
    assert.strictEqual(Object.getPrototypeOf(tty.ReadStream), net.Socket);
  },
};

export const functionsOfModules = {
  async test() {
    assert.deepStrictEqual(await fromIterable(Readable, [1, 2]).toArray(), [1, 2]);
    for (const none of [undefined, null, 'x']) assert.throws(() => timers.setImmediate(none), TypeError);
    assert.throws(() => timers.clearImmediate('x'), TypeError);
    assert.strictEqual(timers.clearImmediate(undefined), undefined);
    await new Promise((resolve) => timers.setImmediate(resolve));
  },
};

export const socketsOverStreams = {
  test() {
    const stream = new PassThrough();
    const socket = new JSStreamSocket(stream);
    assert(socket instanceof net.Socket && socket.stream === stream);
    assert.strictEqual(socket.isClosing(), false);
    assert.strictEqual(socket.readStart() + socket.readStop(), 0);
    socket.doClose();
    assert(stream.destroyed);
  },
};
