import { WorkerEntrypoint } from 'cloudflare:workers';

const fail = () => {
  throw new Error('of the stream');
};

const failing = {
  '?start': { start: fail },
  '?pull': { pull: fail },
  '?rejected': { pull: async () => fail() },
  '?later': { pull: () => scheduler.wait(1).then(fail) },
};

export class Named extends WorkerEntrypoint {
  fetch() {
    return Response.json(this.ctx.props);
  }
}

export const plain = {
  fetch(request) {
    return new Response(`plain ${request.method}`);
  },
};

export default {
  async fetch(request, env) {
    const { pathname, search } = new URL(request.url);
    switch (pathname) {
      case '/throw':
        throw new RangeError('of the callee');
      case '/failed':
        return new Response(new ReadableStream(failing[search]));
      case '/nothing':
        return undefined;
      case '/back':
        return env.BACK.fetch('http://service/end');
      case '/redirect':
        return Response.redirect('http://x/end');
      default:
        return new Response(request.body, {
          status: 201,
          headers: { method: request.method, url: request.url, seen: JSON.stringify([...request.headers]) },
        });
    }
  },
};
