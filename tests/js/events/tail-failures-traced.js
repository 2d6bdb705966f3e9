import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';

export class Remote extends WorkerEntrypoint {
  throws() {
    throw new RangeError('of a method');
  }

  throwsObject() {
    throw { a: [1] };
  }

  background() {
    this.ctx.waitUntil(scheduler.wait(1).then(() => Promise.reject(new Error('in the background'))));
  }

  timer() {
    setTimeout(() => {
      throw new Error('of a timer');
    }, 1);
    this.ctx.waitUntil(scheduler.wait(5));
  }

  logs() {
    for (let turn = 0; turn < 3200; turn++) console.debug(1);
  }

  exceptions() {
    for (let turn = 0; turn < 2000; turn++) reportError('x');
  }

  async fetch() {
    return new Response(
      new ReadableStream({
        async pull() {
          await scheduler.wait(1);
          throw new Error('of a stream');
        },
      }),
    );
  }
}

export class Faulty extends DurableObject {
  throws() {
    throw new RangeError('of an object');
  }

  abort() {
    this.ctx.abort('given up');
  }
}

export default {};
