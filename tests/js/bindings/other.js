import { WorkerEntrypoint } from 'cloudflare:workers';

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
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case '/throw':
        throw new RangeError('of the callee');
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
