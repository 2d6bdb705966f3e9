// `AiGateway`: one gateway of the AI binding, over HTTP.

const BASE = 'https://workers-binding.ai/ai-gateway';

/** Something went wrong at the gateway. */
export class AiGatewayInternalError extends Error {
  override name = 'AiGatewayInternalError';

  constructor(message: string) {
    super(message);
  }
}

/** The gateway has no log of this id. */
export class AiGatewayLogNotFound extends Error {
  override name = 'AiGatewayLogNotFound';

  constructor(message: string) {
    super(message);
  }
}

type Options = Record<string, any>;

/** What the options of a gateway are as headers; those of the first kind count only if they say something. */
function headersOf(options: Options | null | undefined): Headers {
  const headers = new Headers();
  const { gateway } = options ?? {};
  if (gateway) {
    if (gateway.cacheTtl) headers.set('cf-aig-cache-ttl', String(gateway.cacheTtl));
    if (gateway.cacheKey) headers.set('cf-aig-cache-key', gateway.cacheKey);
    if (gateway.metadata) headers.set('cf-aig-metadata', JSON.stringify(gateway.metadata));
    for (const [name, value] of [
      ['skip-cache', gateway.skipCache],
      ['collect-log', gateway.collectLog],
      ['event-id', gateway.eventId],
      ['request-timeout', gateway.requestTimeoutMs],
      ['max-attempts', gateway.retries?.maxAttempts],
      ['retry-delay', gateway.retries?.retryDelayMs],
      ['backoff', gateway.retries?.backoff],
    ]) {
      if (value !== undefined) headers.set(`cf-aig-${name}`, String(value));
    }
  }
  headers.set('content-type', 'application/json');
  for (const [name, value] of Object.entries(options?.extraHeaders ?? {})) headers.set(name, value as string);
  return headers;
}

/** Headers are texts upstream. */
function asText(value: unknown): unknown {
  if (value === null || typeof value === 'string' || value === undefined) return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What an answer that is no success says. */
export async function messageOf(response: Response): Promise<string> {
  const text = await response.text();
  let answer: any;
  try {
    answer = JSON.parse(text);
  } catch {
    return text;
  }
  if (!Array.isArray(answer?.errors)) return text;
  return answer.errors[0]?.message || 'Internal Error';
}

export class AiGateway {
  readonly #fetcher: any;
  readonly #id: string;

  constructor(fetcher: any, gatewayId: string) {
    this.#fetcher = fetcher;
    this.#id = gatewayId;
  }

  async getUrl(provider: string): Promise<string> {
    const response = await this.#fetcher.fetch(`${BASE}/gateways/${this.#id}/url/${provider ?? 'universal'}`, {
      method: 'GET',
    });
    if (!response.ok) throw new AiGatewayInternalError(await messageOf(response));
    const data = await response.json();
    return data.result.url;
  }

  async getLog(logId: string): Promise<unknown> {
    const response = await this.#fetcher.fetch(this.#log(logId), { method: 'GET' });
    if (!response.ok) throw await this.#refused(response);
    const data = await response.json();
    return { ...data.result, created_at: new Date(data.result.created_at) };
  }

  async patchLog(logId: string, data: unknown): Promise<void> {
    const response = await this.#fetcher.fetch(this.#log(logId), {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(data),
    });
    if (!response.ok) throw await this.#refused(response);
  }

  run(data: any, options: Options): Promise<Response> {
    const requests = (Array.isArray(data) ? data : [data]).map((request) => {
      const headers = Object.entries(request.headers).map(([name, value]) => [name, asText(value)]);
      return { ...request, headers: Object.fromEntries(headers) };
    });
    return this.#fetcher.fetch(`${BASE}/universal/run/${this.#id}`, {
      method: 'POST',
      headers: headersOf(options),
      body: JSON.stringify(requests),
      signal: options?.signal,
    });
  }

  #log(logId: string): string {
    return `${BASE}/gateways/${this.#id}/logs/${logId}`;
  }

  async #refused(response: Response): Promise<Error> {
    const message = await messageOf(response);
    return response.status === 404 ? new AiGatewayLogNotFound(message) : new AiGatewayInternalError(message);
  }
}
