// Tells what it was asked.
import { WorkerEntrypoint } from 'cloudflare:workers';

export default class Service extends WorkerEntrypoint {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const type = request.headers.get('content-type') ?? '';
    if (!type.startsWith('multipart/form-data')) {
      const body = await request.text();
      if (body.includes('refused')) return Response.json({ code: 4, error: 'refused' }, { status: 400 });
      return Response.json({ pathname, body });
    }
    const fields = [];
    for (const [name, value] of await request.formData()) {
      fields.push([name, typeof value === 'string' ? value : await value.text()]);
    }
    if (fields.some(([, value]) => value === 'refused')) {
      return new Response('ERROR 12: refused', { status: 400, headers: { 'cf-images-binding': 'err=12' } });
    }
    if (pathname === '/info') return Response.json({ format: 'image/svg+xml' });
    return Response.json(fields);
  }

  async getInstance(id) {
    if (id === 'unknown') throw new RangeError('unknown');
    return { id };
  }

  async create(options) {
    return { id: options?.id ?? 'made' };
  }

  async createBatch(options) {
    if (Array.isArray(options)) return options.map(({ id }) => ({ id }));
    return { created: options.instances.map(({ id }) => ({ id })), errors: [] };
  }

  async status(id) {
    return { status: 'running', id };
  }

  async sendEvent(id, event) {
    if (event.type !== 'expected') throw new TypeError(`an event ${JSON.stringify(event)} for ${id}`);
  }

  async list(options) {
    return { images: [], options };
  }
}
