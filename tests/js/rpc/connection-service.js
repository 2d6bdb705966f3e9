import { DurableObject, RpcTarget, WorkerEntrypoint } from 'cloudflare:workers';

class Counter extends RpcTarget {
  #count = 0;

  add(amount) {
    this.#count += amount;
    return this.#count;
  }

  get count() {
    return this.#count;
  }
}

export class Named extends DurableObject {
  #count = 0;

  add(amount) {
    this.#count += amount;
    return this.#count;
  }

  objectName() {
    return this.ctx.id.name;
  }
}

export class Service extends WorkerEntrypoint {
  get property() {
    return 42;
  }

  echo(value) {
    return value;
  }

  counter() {
    return new Counter();
  }

  functions(by) {
    return { inc: (x) => x + by, deeper: { double: (x) => x * 2 }, plain: 5 };
  }

  async callBack(f, x) {
    return (await f(x)) + 1;
  }

  async use(counter) {
    await counter.add(5);
    return await counter.add(6);
  }

  fail(message) {
    throw new TypeError(message);
  }

  failWhole(message) {
    const error = new RangeError(message, { cause: { code: 7 } });
    error.own = { list: [1, 2] };
    throw error;
  }

  failWith(value) {
    throw value;
  }

  failDom() {
    throw new DOMException('gone', 'AbortError');
  }

  stream() {
    return new Response('stream '.repeat(100000)).body;
  }

  async readAll(stream) {
    return (await new Response(stream).text()).length;
  }

  async writeTo(writable) {
    const writer = writable.getWriter();
    await writer.write(new TextEncoder().encode('written'));
    await writer.close();
    return 'done';
  }

  wait(signal) {
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(`aborted: ${signal.reason}`)));
  }

  giveWritable() {
    const { readable, writable } = new IdentityTransformStream();
    const text = new Response(readable).text();
    return { writable, text: () => text };
  }

  signal() {
    const controller = new AbortController();
    setTimeout(() => controller.abort('later'), 20);
    return controller.signal;
  }

  webSocket() {
    const [webSocket] = Object.values(new WebSocketPair());
    return new Response(null, { status: 101, webSocket });
  }

  response() {
    return new Response('body', { status: 201, headers: { 'x-a': 'b' } });
  }

  async request(request) {
    return [request.method, request.url, request.headers.get('x-a'), await request.text()].join(' ');
  }

  async addTo(object) {
    return await object.add(1);
  }

  async through(service) {
    const response = await service.fetch('http://host/through');
    return [await response.text(), await service.echo('called')];
  }

  fetch(request) {
    return new Response(`fetched ${request.url}`, { headers: { method: request.method } });
  }
}
