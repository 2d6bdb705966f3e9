// `AutoRAG`: search of the AI binding, over HTTP.

import { messageOf } from 'cloudflare-internal:aig-api';

const RAGS = 'https://workers-binding.ai/autorag/rags';
const HEADERS = { 'content-type': 'application/json' };

/** Something went wrong at the service. */
export class AutoRAGInternalError extends Error {
  constructor(message: string, name = 'AutoRAGInternalError') {
    super(message);
    this.name = name;
  }
}

/** There is none of this name. */
export class AutoRAGNotFoundError extends Error {
  constructor(message: string, name = 'AutoRAGNotFoundError') {
    super(message);
    this.name = name;
  }
}

/** The account may not use it. */
export class AutoRAGUnauthorizedError extends Error {
  constructor(message: string, name = 'AutoRAGUnauthorizedError') {
    super(message);
    this.name = name;
  }
}

class AutoRAGNameNotSetError extends Error {
  constructor(message: string, name = 'AutoRAGNameNotSetError') {
    super(message);
    this.name = name;
  }
}

async function refused(response: Response): Promise<Error> {
  const message = await messageOf(response);
  switch (response.status) {
    case 401:
      return new AutoRAGUnauthorizedError(message);
    case 404:
      return new AutoRAGNotFoundError(message);
    default:
      return new AutoRAGInternalError(message);
  }
}

export class AutoRAG {
  readonly #fetcher: any;
  readonly #name: string | undefined;

  constructor(fetcher: any, autoragId: string) {
    this.#fetcher = fetcher;
    this.#name = autoragId;
  }

  async list(): Promise<unknown> {
    const response = await this.#fetcher.fetch(RAGS, { method: 'GET', headers: HEADERS });
    if (!response.ok) throw await refused(response);
    return (await response.json()).result;
  }

  async search(params: unknown): Promise<unknown> {
    return (await (await this.#ask('search', params)).json()).result;
  }

  async aiSearch(params: { stream?: boolean }): Promise<unknown> {
    const response = await this.#ask('ai-search', params);
    return params?.stream ? response : (await response.json()).result;
  }

  async #ask(method: string, params: unknown): Promise<Response & { json(): Promise<any> }> {
    if (!this.#name) throw new AutoRAGNameNotSetError('AutoRAG name not defined');
    const response = await this.#fetcher.fetch(`${RAGS}/${this.#name}/${method}`, {
      method: 'POST',
      headers: HEADERS,
      body: JSON.stringify(params),
    });
    if (!response.ok) throw await refused(response);
    return response;
  }
}
