import assert from 'node:assert';
import * as classes from 'cloudflare:ai';
import { BrowserRendering } from 'cloudflare:br';

export const models = {
  async test(_, { ai }) {
    assert.ok(ai instanceof classes.Ai);
    const { result } = await ai.run('m', { prompt: 'p' }, { prefix: 'x', extraHeaders: { a: 'b' }, tags: 1 });
    assert.deepEqual(result, {
      method: 'POST',
      url: 'https://workers-binding.ai/run?version=3',
      model: 'x:m',
      text: '{"inputs":{"prompt":"p"},"options":{"tags":1}}',
    });
    assert.equal(ai.lastRequestId, 'request');
    assert.equal(ai.aiGatewayLogId, 'log');
    const audio = { body: new Response('sound').body, contentType: 'audio/wav' };
    const { result: streamed } = await ai.run('m', { audio, language: 'en' });
    assert.equal(new URL(streamed.url).searchParams.get('userInputs'), '{"language":"en"}');
    assert.equal(streamed.text, 'sound');
    await assert.rejects(ai.run('m', { audio: { body: new Response('sound').body } }), {
      name: 'AiInternalError',
      message: 'Content-Type is required with ReadableStream inputs',
    });
    await assert.rejects(ai.run('m', { prompt: 'status-500' }), {
      name: 'InferenceUpstreamError',
      message: '7: refused',
    });
    assert.equal(ai.lastRequestHttpStatusCode, 500);
    assert.equal((await ai.models({ task: 't' })).url, 'https://workers-binding.ai/ai-api/models/search?task=t');
  },
};

export const gateway = {
  async test(_, { ai }) {
    const gateway = ai.gateway('g');
    assert.equal(await gateway.getUrl(), 'https://workers-binding.ai/ai-gateway/gateways/g/url/universal');
    await assert.rejects(gateway.getLog('status-404'), { name: 'AiGatewayLogNotFound', message: 'refused' });
    await assert.rejects(gateway.patchLog('status-500', {}), { name: 'AiGatewayInternalError' });
    const request = { provider: 'p', endpoint: 'e', headers: { a: 1, b: { c: 2 }, d: 'e' }, query: {} };
    const { result } = await (await gateway.run(request, { gateway: { skipCache: true } })).json();
    assert.deepEqual(JSON.parse(result.text)[0].headers, { a: '1', b: '{"c":2}', d: 'e' });
  },
};

export const search = {
  async test(_, { ai }) {
    const { url, text } = await ai.autorag('r').search({ query: 'q' });
    assert.equal(url, 'https://workers-binding.ai/autorag/rags/r/search');
    assert.equal(text, '{"query":"q"}');
    await assert.rejects(ai.autorag('status-401').aiSearch({}), { name: 'AutoRAGUnauthorizedError' });
    await assert.rejects(ai.autorag().search({}), { message: 'AutoRAG name not defined' });
    assert.ok((await ai.autorag('r').aiSearch({ stream: true })) instanceof Response);
  },
};

export const markdown = {
  async test(_, { ai }) {
    const blob = new Blob(['hello'], { type: 'text/plain' });
    const { text } = await ai.toMarkdown([{ name: 'n', blob }]);
    assert.deepEqual(JSON.parse(text).files, [{ name: 'n', mimeType: 'text/plain', data: 'aGVsbG8=' }]);
    await assert.rejects(ai.toMarkdown([{ name: 'status-500', blob }]), { name: 'AiInternalError' });
  },
};

export const browser = {
  async test(_, { browser }) {
    assert.ok(browser instanceof BrowserRendering);
    const { result } = await (await browser.fetch('http://browser/run')).json();
    assert.equal(result.url, 'http://browser/run');
  },
};
