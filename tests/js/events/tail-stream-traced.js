import { channel } from 'node:diagnostics_channel';
import { tracing, WorkerEntrypoint } from 'cloudflare:workers';

export class Remote extends WorkerEntrypoint {
  add(a, b) {
    console.log('adding');
    return a + b;
  }

  fail() {
    throw new RangeError('not here');
  }
}

const paths = {
  '/log'() {
    console.log('text', { a: [1] });
    console.error(new TypeError('logged'));
    return new Response('logged', { status: 201 });
  },

  '/throw'() {
    throw new Error('thrown');
  },

  async '/spans'(env) {
    tracing.enterSpan('outer', (span) => {
      span.setAttribute('text', 'a').setAttributes({ number: 1, flag: true, none: undefined }).setAttribute('number', 2);
      span.updateName('renamed');
      span.setStatus({ code: 'error', message: 'because' });
      span.recordException(new RangeError('recorded'));
      tracing.enterSpan('inner', () => console.log('inside'));
      if (!span.isTraced) throw new Error('not traced');
    });
    await tracing.enterSpan('later', () => scheduler.wait(1));
    const response = await env.SELF.fetch('http://x/channel', { headers: { accept: 'a/b' } });
    await response.text();
    const span = tracing.startSpan('x'.repeat(100));
    span.end();
    span.setAttribute('late', 1);
    tracing.startSpan('not ended');
    tracing.getActiveSpan().setAttribute('root', 1);
    return new Response('spans');
  },

  '/channel'() {
    channel('news').publish({ key: 'value' });
    channel('news').publish(() => {});
    return new Response('channel');
  },

  '/large'() {
    console.log('a'.repeat(300 * 1024));
    tracing.enterSpan('large', (span) => span.setAttribute('large', 'a'.repeat(70 * 1024)));
    return new Response('large');
  },
};

export default {
  fetch(request, env) {
    return paths[new URL(request.url).pathname](env);
  },

  scheduled({ cron }) {
    if (cron === 'bad') throw new Error('scheduled');
  },

  queue() {},
};
