// Tells what it was asked, or fails with the status that the question names.
import { WorkerEntrypoint } from 'cloudflare:workers';

export default class Models extends WorkerEntrypoint {
  async fetch(request) {
    const text = await request.text();
    const status = Number(/status-(\d+)/.exec(request.url + text)?.[1] ?? 200);
    const { method, url } = request;
    const headers = { 'cf-ai-req-id': 'request', 'cf-aig-log-id': 'log' };
    if (status !== 200) {
      return Response.json({ errors: [{ code: 7, message: 'refused' }] }, { status, headers });
    }
    const result = { method, url, model: request.headers.get('cf-consn-model-id'), text };
    return Response.json({ success: true, result }, { headers });
  }
}
