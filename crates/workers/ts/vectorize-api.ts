// The wrapped binding `cloudflare-internal:vectorize-api`: an index of vectors behind a service, over HTTP.
//
// Indexes of version 1 are paths of their own and know metadata as all or nothing; those of version 2 have levels of
// it and can be asked with the id of a vector that they hold.

import bindings from 'cloudflare-internal:bindings';
import { parsed } from 'cloudflare-internal:json-answer';

const ORIGIN = 'http://vector-search';
const LEVELS: unknown[] = [true, false, 'none', 'indexed', 'all'];

/** What an operation's errors are called. */
type Operation = 'INDEX_GET' | 'VECTOR_QUERY' | 'VECTOR_INSERT' | 'VECTOR_UPSERT' | 'VECTOR_GET' | 'VECTOR_DELETE';

type Vector = { id: string; values: Iterable<number> & { length: number } };

async function failure(operation: Operation, response: Response): Promise<Error> {
  const name = `${operation}_ERROR`;
  let answer: any;
  try {
    answer = await parsed(response);
  } catch {
    const { status } = response;
    return new Error(`${name}: Status + ${status}`, { cause: new Error(`Status ${status}`) });
  }
  const { code, error } = answer;
  const place = code === undefined ? '' : ` (code = ${code})`;
  return new Error(`${name}${place}: ${error}`, { cause: new Error(error) });
}

function asked(returnMetadata: unknown): unknown {
  if (returnMetadata === undefined || returnMetadata === null) return returnMetadata;
  if (!LEVELS.includes(returnMetadata)) {
    throw new Error(
      `Invalid returnMetadata option. Expected: true, false, "none", "indexed" or "all"; got: ${returnMetadata}`
    );
  }
  return returnMetadata === true ? 'all' : returnMetadata;
}

class VectorizeIndexImpl {
  fetcher: any;
  indexId: string;
  indexVersion: string;
  useNdJson: boolean;

  constructor(fetcher: any, indexId: string, indexVersion: string, useNdJson: boolean) {
    this.fetcher = fetcher;
    this.indexId = indexId;
    this.indexVersion = indexVersion;
    this.useNdJson = useNdJson;
  }

  async describe(): Promise<unknown> {
    return this._send('INDEX_GET', this.indexVersion === 'v2' ? 'info' : '', { method: 'GET' });
  }

  async query(vector: Iterable<number>, options: any): Promise<unknown> {
    if (this.indexVersion === 'v2') return this.queryImplV2({ vector: Array.from(vector) }, options);
    const wanted = options?.returnMetadata;
    if (wanted !== undefined && wanted !== null && typeof wanted !== 'boolean') {
      throw new Error(`Invalid returnMetadata option. Expected boolean; got: ${wanted}`);
    }
    const compat = { queryMetadataOptional: bindings.vectorizeQueryMetadataOptional };
    return this._send('VECTOR_QUERY', 'query', {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'cf-vector-search-query-compat': JSON.stringify(compat),
      },
      body: JSON.stringify({ ...options, vector: Array.from(vector), compat }),
    });
  }

  async queryById(vectorId: string, options: any): Promise<unknown> {
    if (this.indexVersion !== 'v2') throw new Error('QueryById operation is not supported for v1 indexes.');
    return this.queryImplV2({ vectorId }, options);
  }

  async insert(vectors: Vector[]): Promise<unknown> {
    return this._send('VECTOR_INSERT', 'insert', this.#upload(vectors));
  }

  async upsert(vectors: Vector[]): Promise<unknown> {
    return this._send('VECTOR_UPSERT', 'upsert', this.#upload(vectors));
  }

  async getByIds(ids: string[]): Promise<unknown> {
    return this._send('VECTOR_GET', 'getByIds', posted({ ids }));
  }

  async deleteByIds(ids: string[]): Promise<unknown> {
    return this._send('VECTOR_DELETE', 'deleteByIds', posted({ ids }));
  }

  async _send(operation: Operation, endpoint: string, init: RequestInit): Promise<unknown> {
    const base = this.indexVersion === 'v2' ? ORIGIN : `${ORIGIN}/binding/indexes/${this.indexId}`;
    const response = await this.fetcher.fetch(endpoint ? `${base}/${endpoint}` : base, init);
    if (!response.ok) throw await failure(operation, response);
    return parsed(response);
  }

  async queryImplV2(target: { vector: number[] } | { vectorId: string }, options: any): Promise<unknown> {
    const wanted = options && 'returnMetadata' in options && { returnMetadata: asked(options.returnMetadata) };
    return this._send('VECTOR_QUERY', 'query', posted({ ...options, ...wanted, ...target }));
  }

  #upload(vectors: Vector[]): RequestInit {
    const plain = vectors.map((vector) => ({ ...vector, values: Array.from(vector.values) }));
    const headers = {
      accept: 'application/json',
      'content-type': this.useNdJson ? 'application/x-ndjson' : 'application/json',
      'cf-vector-search-dim-width': String(vectors.length > 0 ? vectors[0].values.length : 0),
      'cf-vector-search-dim-height': String(vectors.length),
    };
    const body = this.useNdJson
      ? plain.map((vector) => JSON.stringify(vector)).join('\n')
      : JSON.stringify({ vectors: plain });
    return { method: 'POST', headers, body };
  }
}

function posted(body: unknown): RequestInit {
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  return { method: 'POST', headers, body: JSON.stringify(body) };
}

export default function makeBinding(env: any): VectorizeIndexImpl {
  return new VectorizeIndexImpl(env.fetcher, env.indexId, env.indexVersion, env.useNdJson ?? false);
}
