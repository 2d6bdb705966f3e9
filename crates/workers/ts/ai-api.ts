// The wrapped binding `cloudflare-internal:ai-api`: Workers AI behind a service.
//
// Models run over HTTP. With the flag `experimental` gateways and AutoRAG are the service's own objects, by remote
// calls; without it they are classes of ours over HTTP.

import bindings from 'cloudflare-internal:bindings';
import { AiGateway } from 'cloudflare-internal:aig-api';
import { AutoRAG } from 'cloudflare-internal:autorag-api';
import { AiInternalError, ToMarkdownService } from 'cloudflare-internal:to-markdown-api';

export { AiGateway, AiGatewayInternalError, AiGatewayLogNotFound } from 'cloudflare-internal:aig-api';
export {
  AutoRAG,
  AutoRAGInternalError,
  AutoRAGNotFoundError,
  AutoRAGUnauthorizedError,
} from 'cloudflare-internal:autorag-api';
export { ToMarkdownService } from 'cloudflare-internal:to-markdown-api';

const { WrappedBinding } = bindings;

const BASE = 'https://workers-binding.ai';

/** What a model's server has refused. */
export class InferenceUpstreamError extends Error {
  constructor(message: string, name = 'InferenceUpstreamError') {
    super(message);
    this.name = name;
  }
}

/** Where an input is a stream: of this key, with this media type. */
type Streamed = { key: string; body: ReadableStream | FormData; contentType?: string };

function isStream(value: unknown): value is ReadableStream | FormData {
  return value instanceof ReadableStream || value instanceof FormData;
}

function streamsAmong(inputs: Record<string, any>): Streamed[] {
  const found: Streamed[] = [];
  for (const key of Object.keys(inputs)) {
    const value = inputs[key];
    if (isStream(value)) found.push({ key, body: value });
    else if (isStream(value?.body)) found.push({ key, body: value.body, contentType: value.contentType });
  }
  return found;
}

/** The options that are the binding's own matter, and the rest, which goes to the service. */
function divided({ prefix, extraHeaders, sessionOptions, signal, ...sent }: any): any {
  return { prefix, extraHeaders: { ...sessionOptions?.extraHeaders, ...extraHeaders }, signal, sent };
}

export class Ai extends WrappedBinding {
  readonly #fetcher: any;

  lastRequestId: string | null = null;
  aiGatewayLogId: string | null = null;
  lastRequestHttpStatusCode: number | null = null;
  lastRequestInternalStatusCode: number | null = null;

  constructor(fetcher: any) {
    super(fetcher);
    this.#fetcher = fetcher;
  }

  async fetch(input: RequestInfo, init: RequestInit): Promise<Response> {
    return this.#fetcher.fetch(input, init);
  }

  async run(model: string, inputs: any, options: any = {}): Promise<unknown> {
    this.lastRequestId = '';
    const { prefix, extraHeaders, signal, sent } = divided(options);
    const headers = {
      ...extraHeaders,
      'cf-consn-sdk-version': '2.0.0',
      'cf-consn-model-id': prefix ? `${prefix}:${model}` : model,
    };
    if (sent.websocket) {
      const url = new URL(`${BASE}/run?version=3`);
      url.searchParams.set('body', JSON.stringify({ inputs, options: sent }));
      const response = await this.#fetcher.fetch(url.href, {
        method: 'GET',
        headers: { ...headers, upgrade: 'websocket' },
        signal,
      });
      this.#note(response);
      return response;
    }

    const streams = streamsAmong(inputs);
    const response = await (streams.length > 0
      ? this.#fetcher.fetch(streamUrl(streams, inputs, sent), {
          method: 'POST',
          headers: { ...headers, 'content-type': streams[0].contentType },
          body: streams[0].body,
          signal,
        })
      : this.#fetcher.fetch(`${BASE}/${sent.gateway?.id ? 'ai-gateway/run' : 'run'}?version=3`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify({ inputs, options: sent }),
          signal,
        }));
    this.#note(response);
    if (sent.returnRawResponse) return response;
    if (!response.ok) throw await this._parseError(response);
    return response.headers.get('content-type') === 'application/json' ? response.json() : response.body;
  }

  /** Once, debug logs; there are none any more. */
  getLogs(): string[] {
    return [];
  }

  async _parseError(response: Response): Promise<InferenceUpstreamError> {
    const text = await response.text();
    try {
      const { internalCode, description, name, errors } = JSON.parse(text);
      if (internalCode) {
        this.lastRequestInternalStatusCode = internalCode;
        return new InferenceUpstreamError(`${internalCode}: ${description}`, name);
      }
      if (errors?.length > 0) return new InferenceUpstreamError(`${errors[0].code}: ${errors[0].message}`);
    } catch {
      // What is no JSON is its own message.
    }
    return new InferenceUpstreamError(text);
  }

  async models(params: Record<string, any> = {}): Promise<unknown> {
    const url = new URL(`${BASE}/ai-api/models/search`);
    for (const [name, value] of Object.entries(params)) url.searchParams.append(name, value.toString());
    const response = await this.#fetcher.fetch(url, { method: 'GET' });
    const data = await response.json();
    if (!response.ok) throw new AiInternalError(data.errors[0]?.message || 'Internal Error');
    return data.result;
  }

  toMarkdown(files: unknown, options: unknown): ToMarkdownService | Promise<unknown> {
    const service = new ToMarkdownService(this.#fetcher);
    return files ? service.transform(files, options) : service;
  }

  gateway(gatewayId: string, _options: unknown): unknown {
    if (bindings.experimental) return this.#fetcher.gateway(gatewayId);
    return new AiGateway(this.#fetcher, gatewayId);
  }

  autorag(autoragId: string): unknown {
    if (bindings.experimental) return this.#fetcher.autorag(autoragId);
    return new AutoRAG(this.#fetcher, autoragId);
  }

  aiSearch(): unknown {
    return this.#fetcher.aiSearch();
  }

  websearch(name: unknown, options: unknown): unknown {
    return this.#fetcher.websearch(name, options);
  }

  #note(response: Response): void {
    this.lastRequestId = response.headers.get('cf-ai-req-id');
    this.aiGatewayLogId = response.headers.get('cf-aig-log-id');
    this.lastRequestHttpStatusCode = response.status;
  }
}

/** The body being the stream, all else is in the URL. */
function streamUrl(streams: Streamed[], inputs: any, options: Record<string, any>): string {
  if (streams.length > 1) {
    const keys = streams.map(({ key }) => key).join(', ');
    throw new AiInternalError(`Multiple ReadableStreams are not supported. Found streams in keys: [${keys}]`);
  }
  if (options.gateway?.id) throw new AiInternalError('AI Gateway does not support ReadableStreams yet.');
  const [{ key, contentType }] = streams;
  if (!contentType) throw new AiInternalError('Content-Type is required with ReadableStream inputs');
  const { [key]: _, ...others } = inputs;
  const url = new URL(`${BASE}/run`);
  for (const [name, value] of Object.entries(options)) url.searchParams.set(name, String(value));
  url.searchParams.set('version', '3');
  url.searchParams.set('userInputs', JSON.stringify(others));
  return url.href;
}

export default function makeBinding(env: { fetcher: any }): Ai {
  return new Ai(env.fetcher);
}
