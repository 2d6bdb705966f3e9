import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert';

const turns = async (count = 5) => {
  for (let index = 0; index < count; index++) await null;
};

export const messagesAreCopies = {
  async test() {
    const { port1, port2 } = new MessageChannel();
    const sent = { list: [1, new Date(5)], map: new Map([['a', 1n]]) };
    let event;
    port2.onmessage = (received) => void (event = received);
    strictEqual(port1.postMessage(sent), undefined);
    strictEqual(event, undefined);
    await turns();
    deepStrictEqual(event.data, sent);
    ok(event.data !== sent);
    ok(event instanceof MessageEvent);
    strictEqual(event.type, 'message');
    strictEqual(event.isTrusted, true);
    strictEqual(event.origin, null);
    strictEqual(event.lastEventId, '');
    strictEqual(event.source, port2);
    deepStrictEqual(event.ports, []);
    strictEqual(event.target, port2);
  },
};

export const messagesWaitForAListener = {
  async test() {
    const { port1, port2 } = new MessageChannel();
    const seen = [];
    port1.postMessage();
    port1.postMessage(null);
    await turns();
    const listener = ({ data }) => void seen.push(data);
    port2.addEventListener('message', listener);
    deepStrictEqual(seen, []);
    await turns();
    deepStrictEqual(seen, [undefined, null]);
    port2.removeEventListener('message', listener);
    port1.postMessage('later');
    await turns();
    deepStrictEqual(seen, [undefined, null]);
    port2.addEventListener('message', listener);
    await turns();
    deepStrictEqual(seen, [undefined, null, 'later']);
  },
};

export const theHandlerIsAnAttribute = {
  async test() {
    const { port1, port2 } = new MessageChannel();
    strictEqual(port2.onmessage, null);
    const seen = [];
    port2.onmessage = ({ data }) => void seen.push(data);
    strictEqual(typeof port2.onmessage, 'function');
    port1.postMessage(1);
    await turns();
    port2.onmessage = 5;
    strictEqual(port2.onmessage, null);
    port1.postMessage(2);
    await turns();
    const object = { handleEvent: ({ data }) => seen.push([data]) };
    port2.onmessage = object;
    strictEqual(port2.onmessage, object);
    await turns();
    deepStrictEqual(seen, [1]);
    deepStrictEqual(Object.keys(MessagePort.prototype), [
      'postMessage',
      'close',
      'start',
      'onmessage',
    ]);
  },
};

export const closingOneEndClosesBoth = {
  async test() {
    const { port1, port2 } = new MessageChannel();
    const seen = [];
    port1.onclose = ({ type }) => void seen.push(`1 ${type}`);
    port2.addEventListener('close', ({ isTrusted }) => void seen.push(`2 ${isTrusted}`));
    port2.onmessage = () => void seen.push('message');
    port1.postMessage('on its way');
    port1.close();
    port1.close();
    deepStrictEqual(seen, ['2 true', '1 close']);
    port1.postMessage('late');
    port2.postMessage('late');
    await turns();
    deepStrictEqual(seen, ['2 true', '1 close', 'message']);
  },
};

export const whatCannotBeSent = {
  test() {
    const { port1, port2 } = new MessageChannel();
    throws(() => port1.postMessage(() => {}), { name: 'DataCloneError', code: 25 });
    throws(() => port1.postMessage(port2), { name: 'DataCloneError', code: 25 });
    throws(() => port1.postMessage(1, [new ArrayBuffer(1)]), {
      name: 'Error',
      message: 'Transfer list is not supported',
    });
    throws(() => port1.postMessage(1, { transfer: [1] }), {
      message: 'Transfer list is not supported',
    });
    port1.postMessage(1, []);
    port1.postMessage(1, {});
    throws(() => port1.postMessage(new SharedArrayBuffer(1)), {
      name: 'TypeError',
      message: 'SharedArrayBuffer is unsupported with MessagePort',
    });
    port1.close();
    throws(() => port1.postMessage(() => {}), { name: 'DataCloneError' });
    throws(() => new MessagePort(), { message: 'Illegal constructor' });
  },
};

export const classesThatCanBeCloned = {
  async test() {
    const { port1, port2 } = new MessageChannel();
    const { promise, resolve } = Promise.withResolvers();
    port2.onmessage = ({ data }) => resolve(data);
    port1.postMessage(new Blob(['hello'], { type: 'text/plain' }));
    const blob = await promise;
    ok(blob instanceof Blob);
    strictEqual(blob.type, 'text/plain');
    strictEqual(await blob.text(), 'hello');
  },
};

export const aGetterThatClosesThePort = {
  async test() {
    const { port1, port2 } = new MessageChannel();
    const seen = [];
    port2.onmessage = ({ data }) => void seen.push(data);
    port1.postMessage({
      get value() {
        port1.close();
        return 1;
      },
    });
    await turns();
    deepStrictEqual(seen, []);
  },
};

export const portsAreOwnProperties = {
  test() {
    const channel = new MessageChannel();
    const { value, writable, enumerable } = Object.getOwnPropertyDescriptor(channel, 'port1');
    ok(value instanceof MessagePort);
    strictEqual(writable, false);
    strictEqual(enumerable, true);
    strictEqual(channel.port1, channel.port1);
    deepStrictEqual(Object.keys(channel), ['port2', 'port1']);
  },
};
