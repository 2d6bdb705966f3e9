import { rejects, strictEqual } from 'node:assert';
import { WorkerEntrypoint } from 'cloudflare:workers';

async function fail(request, ctx) {
  const { pathname } = new URL(request.url);
  if (pathname === '/late') await 0;
  if (pathname !== '/without') ctx.passThroughOnException();
  if (pathname === '/read') await request.text();
  if (pathname === '/no-response') return 5;
  throw new Error('failed');
}

export const Failing = { fetch: (request, env, ctx) => fail(request, ctx) };

export class FailingClass extends WorkerEntrypoint {
  fetch(request) {
    return fail(request, this.ctx);
  }
}

export const Outbound = {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/refused') throw new Error('refused');
    const text = `${request.method} ${request.url} ${request.headers.get('x-sent')} [${await request.text()}]`;
    return new Response(text, { status: 203, headers: { 'x-answered': 'yes' } });
  },
};

const post = (url) => new Request(url, { method: 'POST', body: 'body', headers: { 'x-sent': 'sent' } });

export const passes = {
  async test(_, { MODULE, CLASS, SCRIPT }) {
    for (const service of [MODULE, CLASS, SCRIPT]) {
      for (const path of ['/', '/late', '/no-response']) {
        const response = await service.fetch(post(`http://host${path}?a=b`));
        strictEqual(response.status, 203);
        strictEqual(response.headers.get('x-answered'), 'yes');
        strictEqual(await response.text(), `POST http://host${path}?a=b sent [body]`);
      }
    }
  },
};

export const nothingIsLeftOfWhatWasRead = {
  async test(_, { MODULE, CLASS, SCRIPT }) {
    for (const service of [MODULE, CLASS, SCRIPT]) {
      const response = await service.fetch(post('http://host/read'));
      strictEqual(await response.text(), 'POST http://host/read sent []');
    }
  },
};

export const failsWhereNobodyAnswers = {
  async test(_, { MODULE, CLASS, SCRIPT }) {
    for (const service of [MODULE, CLASS, SCRIPT]) {
      const response = await service.fetch('http://host/refused');
      strictEqual(response.status, 500);
      strictEqual(await response.text(), '');
      await rejects(service.fetch('http://host/without'), { message: 'failed' });
    }
  },
};
