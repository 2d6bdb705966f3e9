// The wrapped binding `cloudflare-internal:d1-api`: a D1 database behind a service.
//
// The service takes its statements either over HTTP, in JSON, or as a remote call of `query()` with the flag
// `d1_binding_jsrpc`. A session sends the newest bookmark that it has seen along with each request.

import bindings from 'cloudflare-internal:bindings';
import { parsed } from 'cloudflare-internal:json-answer';

const { WrappedBinding, tracing } = bindings;

const BOOKMARK_HEADER = 'x-cf-d1-session-commit-token';

/** Where a session's first query may go when it has no bookmark yet. */
const CONSTRAINTS = ['first-primary', 'first-unconstrained'];

type Format = 'ARRAY_OF_OBJECTS' | 'ROWS_AND_COLUMNS' | 'NONE';
type Meta = Record<string, any>;
type Table = { columns: string[]; rows: unknown[][] };
type Result = { success: boolean; meta?: Meta; results?: any; error?: unknown };
type Query = { sql: string; params?: unknown[] };

/** What a span tells about an answer: as its attributes are called, and how those of several answers are one. */
const REPORTED: [string, (meta: Meta) => any, 'last' | 'sum' | 'any'][] = [
  ['size_after', (meta) => meta.size_after, 'last'],
  ['rows_read', (meta) => meta.rows_read, 'sum'],
  ['rows_written', (meta) => meta.rows_written, 'sum'],
  ['last_row_id', (meta) => meta.last_row_id, 'last'],
  ['changed_db', (meta) => meta.changed_db, 'any'],
  ['changes', (meta) => meta.changes, 'sum'],
  ['served_by_region', (meta) => meta.served_by_region, 'last'],
  ['served_by_colo', (meta) => meta.served_by_colo, 'last'],
  ['served_by_primary', (meta) => meta.served_by_primary, 'any'],
  ['sql_duration_ms', (meta) => meta.timings?.sql_duration_ms, 'sum'],
  ['total_attempts', (meta) => meta.total_attempts, 'sum'],
];

/** Those that several answers have even where none tells. */
const ALWAYS: Record<string, unknown> = {
  size_after: 0,
  rows_read: 0,
  rows_written: 0,
  last_row_id: 0,
  changed_db: false,
  changes: 0,
};

function reportOne(span: any, meta: Meta): void {
  for (const [name, read] of REPORTED) span.setAttribute(`cloudflare.d1.response.${name}`, read(meta));
}

function reportAll(span: any, metas: (Meta | undefined)[]): void {
  if (metas.length === 0) return;
  for (const [name, read, how] of REPORTED) {
    let all: any;
    for (const meta of metas) {
      if (meta === undefined) continue;
      const value = read(meta);
      if (how === 'last' && name in ALWAYS) all = value ?? 0;
      else if (value === undefined) continue;
      else if (how === 'sum') all = (all ?? 0) + value;
      else if (how === 'any') all = all || value || undefined;
      else all = value;
    }
    span.setAttribute(`cloudflare.d1.response.${name}`, all ?? ALWAYS[name]);
  }
}

function describe(span: any, operation: string, text: unknown, batched?: number): void {
  span.setAttributes({
    'db.system.name': 'cloudflare-d1',
    'db.operation.name': operation,
    'db.query.text': text,
    'db.operation.batch.size': batched,
    'cloudflare.binding.type': 'D1',
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error of D1, thrown where this is called; `kind` and the cause make its text. */
function failure(kind: string, cause: unknown, more = ''): Error {
  const error = new Error(`${kind}: ${textOf(cause)}${more}`, { cause });
  Error.captureStackTrace(error, failure);
  return error;
}

function first<T>(values: T | T[]): T {
  return Array.isArray(values) ? values[0] : values;
}

/** The answer's form: a success without `results` has none. */
function toResult(answer: any): Result {
  if (answer.error) return { success: false, error: answer.error };
  const result: Result = { success: true, meta: answer.meta };
  return 'results' in answer ? { ...result, results: answer.results } : result;
}

function rowsOf(results: Table | Record<string, unknown>[]): Record<string, unknown>[] {
  if (Array.isArray(results)) return results;
  const { rows, columns } = results;
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
}

function withRows(result: Result): Result {
  const { results } = result;
  return { ...result, results: results === undefined ? [] : rowsOf(results) };
}

function pair(query: string | string[], params: unknown[] | unknown[][]): Query[] {
  if (!Array.isArray(query)) return [{ sql: query, params }];
  return query.map((sql, index) => ({ sql, params: params[index] as unknown[] }));
}

class D1Database extends WrappedBinding {
  readonly #fetcher: any;
  readonly #primary: D1DatabaseSessionAlwaysPrimary;

  constructor(fetcher: any) {
    super(fetcher);
    this.#fetcher = fetcher;
    this.#primary = new D1DatabaseSessionAlwaysPrimary(fetcher);
  }

  prepare(query: string): D1PreparedStatement {
    return this.#primary.prepare(query);
  }

  async batch(statements: D1PreparedStatement[]): Promise<Result[]> {
    return this.#primary.batch(statements);
  }

  async exec(query: string): Promise<{ count: number; duration: number }> {
    return this.#primary.exec(query);
  }

  withSession(constraintOrBookmark?: string | null): D1DatabaseSession {
    const anchor = constraintOrBookmark?.trim();
    return new D1DatabaseSession(this.#fetcher, anchor || 'first-unconstrained');
  }

  async query(request: unknown): Promise<unknown> {
    if (!bindings.d1BindingJsrpc) {
      throw new Error(
        'D1_ERROR: D1Database.query() requires the d1_binding_jsrpc compatibility flag. Enable d1_binding_jsrpc before calling query().'
      );
    }
    return call(this.#fetcher, request);
  }

  /** Deprecated: only the first databases know it. */
  async dump(): Promise<ArrayBuffer> {
    return this.#primary.dump();
  }
}

type Answer = { results: { meta: Meta; data: any }[]; bookmark?: string };

/** The remote call. Services answer either so, or with the outcome around it. */
async function call(fetcher: any, request: unknown): Promise<Answer> {
  const response = await fetcher.query(request);
  if (!('success' in response)) return response;
  if (!response.success) throw response.error;
  const { queryResults, bookmark } = response.results;
  return bookmark === undefined ? { results: queryResults } : { results: queryResults, bookmark };
}

class D1DatabaseSession {
  readonly #fetcher: any;
  #anchor: string | null;

  constructor(fetcher: any, anchor: string | null) {
    this.#fetcher = fetcher;
    this.#anchor = anchor;
  }

  // The newer of two bookmarks is the greater one; a constraint is older than all.
  _updateBookmark(bookmark: string | null | undefined): string | null {
    if (bookmark && (this.getBookmark() === null || this.#anchor! < bookmark)) this.#anchor = bookmark;
    return this.getBookmark();
  }

  prepare(query: string): D1PreparedStatement {
    return new D1PreparedStatement(this, query);
  }

  async batch(statements: D1PreparedStatement[]): Promise<Result[]> {
    return tracing.enterSpan('d1_batch', async (span: any) => {
      const texts = statements.map((statement) => statement.statement);
      describe(span, 'batch', texts.join('\n'), statements.length);
      const params = statements.map((statement) => statement.params);
      const exec = await this._sendOrThrow('/query', texts, params, 'ROWS_AND_COLUMNS', span);
      reportAll(span, exec.map(({ meta }: Result) => meta));
      return exec.map(withRows);
    });
  }

  getBookmark(): string | null {
    return this.#anchor === null || CONSTRAINTS.includes(this.#anchor) ? null : this.#anchor;
  }

  async _wrappedFetch(input: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const anchor = this.#anchor;
    if (anchor !== null) headers.set(BOOKMARK_HEADER, anchor);
    const response = await this.#fetcher.fetch(input, { ...init, headers });
    if (anchor !== null) this._updateBookmark(response.headers.get(BOOKMARK_HEADER));
    return response;
  }

  async _sendOrThrow(endpoint: string, query: any, params: any, format: Format, span: any): Promise<any> {
    if (bindings.d1BindingJsrpc) return this._queryOrThrow(pair(query, params), span);
    const results = await this._send(endpoint, query, params, format, span);
    const one: Result = first(results);
    if (!one.success) {
      span.setAttribute('error.type', one.error);
      throw failure('D1_ERROR', new Error(String(one.error)));
    }
    return results;
  }

  async _send(endpoint: string, query: any, params: any, format: Format, span: any): Promise<any> {
    span.setAttribute('cloudflare.d1.query.bookmark', this.getBookmark() ?? undefined);
    const queries = pair(query, params);
    const response = await this._wrappedFetch(`http://d1${endpoint}?resultsFormat=${format}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(Array.isArray(query) ? queries : queries[0]),
    });
    span.setAttribute('cloudflare.d1.response.bookmark', this.getBookmark() ?? undefined);
    try {
      const answer = await parsed(response);
      return Array.isArray(answer) ? answer.map(toResult) : toResult(answer);
    } catch (error) {
      span.setAttribute('error.type', textOf(error));
      throw failure('D1_ERROR', new Error(textOf(error)));
    }
  }

  async _queryOrThrow(queries: Query[], span: any, kind = 'D1_ERROR'): Promise<Result[]> {
    span.setAttribute('cloudflare.d1.query.bookmark', this.getBookmark() ?? undefined);
    try {
      const anchor = this.#anchor;
      const answer = await call(this.#fetcher, anchor === null ? { queries } : { queries, bookmark: anchor });
      if (anchor !== null) this._updateBookmark(answer.bookmark);
      span.setAttribute('cloudflare.d1.response.bookmark', this.getBookmark() ?? undefined);
      return answer.results.map(({ meta, data }) => {
        if (data.kind !== 'raw') throw new Error(`Unsupported D1 query result kind: ${data.kind}`);
        return { success: true, meta, results: { columns: data.columns, rows: data.rows } };
      });
    } catch (error) {
      span.setAttribute('error.type', textOf(error));
      throw failure(kind, error);
    }
  }
}

/** The session of the database itself: it has no bookmarks and may do what others may not. */
class D1DatabaseSessionAlwaysPrimary extends D1DatabaseSession {
  constructor(fetcher: any) {
    super(fetcher, null);
  }

  async exec(query: string): Promise<{ count: number; duration: number }> {
    return tracing.enterSpan('d1_exec', async (span: any) => {
      describe(span, 'exec', query);
      const lines = query.trim().split('\n');
      const results = bindings.d1BindingJsrpc
        ? await this._queryOrThrow(lines.map((sql) => ({ sql })), span, 'D1_EXEC_ERROR')
        : await this._send('/execute', lines, [], 'NONE', span);
      const list: Result[] = Array.isArray(results) ? results : [results];
      const wrong = list.findIndex(({ error }) => error);
      if (wrong !== -1) {
        const place = `Error in line ${wrong + 1}`;
        span.setAttribute('error.type', place);
        throw failure('D1_EXEC_ERROR', new Error(`${place}: ${lines[wrong]}: ${list[wrong].error}`));
      }
      const duration = list.reduce((sum, { meta }) => sum + meta!.duration, 0);
      reportAll(span, list.map(({ meta }) => meta));
      return { count: list.length, duration };
    });
  }

  async dump(): Promise<ArrayBuffer> {
    const response = await this._wrappedFetch('http://d1/dump', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    if (response.status !== 200) {
      throw new Error(`D1_DUMP_ERROR: Status + ${response.status}`, {
        cause: new Error(`Status ${response.status}`),
      });
    }
    return response.arrayBuffer();
  }
}

/** A bound value as the service takes it. */
function bound(value: any): unknown {
  switch (typeof value) {
    case 'number':
    case 'string':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    case 'object':
      if (value === null) return value;
      if (Array.isArray(value) && value.every((byte) => typeof byte === 'number')) return value;
      if (value instanceof ArrayBuffer) return Array.from(new Uint8Array(value));
      if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array);
  }
  throw failure('D1_TYPE_ERROR', new Error(`Type '${typeof value}' not supported for value '${value}'`));
}

function answerOf(span: any, results: Result | Result[]): Result {
  const result = first(results);
  reportOne(span, result.meta!);
  return result;
}

class D1PreparedStatement {
  readonly #session: D1DatabaseSession;
  readonly statement: string;
  readonly params: unknown[];

  constructor(session: D1DatabaseSession, statement: string, values?: unknown[]) {
    this.#session = session;
    this.statement = statement;
    this.params = values || [];
  }

  bind(...values: unknown[]): D1PreparedStatement {
    return new D1PreparedStatement(this.#session, this.statement, values.map(bound));
  }

  async first(colName: string): Promise<unknown> {
    return tracing.enterSpan('d1_first', async (span: any) => {
      describe(span, 'first', this.statement);
      const [row] = withRows(answerOf(span, await this.#ask(span))).results;
      if (row === undefined) return null;
      if (colName === undefined) return row;
      if (row[colName] === undefined) {
        const cause = new Error('Column not found');
        span.setAttribute('error.type', cause.message);
        throw failure('D1_COLUMN_NOTFOUND', cause, ` (${colName})`);
      }
      return row[colName];
    });
  }

  async run(): Promise<Result> {
    return tracing.enterSpan('d1_run', async (span: any) => {
      describe(span, 'run', this.statement);
      const result = answerOf(span, await this.#ask(span, '/execute', 'NONE'));
      return bindings.d1BindingJsrpc ? withRows(result) : result;
    });
  }

  async all(): Promise<Result> {
    return tracing.enterSpan('d1_all', async (span: any) => {
      describe(span, 'all', this.statement);
      return withRows(answerOf(span, await this.#ask(span)));
    });
  }

  async raw(options: { columnNames?: boolean }): Promise<unknown[][]> {
    return tracing.enterSpan('d1_all', async (span: any) => {
      describe(span, 'raw', this.statement);
      const s = answerOf(span, await this.#ask(span));
      const named = options?.columnNames;
      if (s.results === undefined) return [];
      if (Array.isArray(s.results)) {
        const rows = s.results.map((row) => Object.values(row) as unknown[]);
        return named && rows.length > 0 ? [Object.keys(s.results[0]), ...rows] : rows;
      }
      return named ? [s.results.columns, ...s.results.rows] : [...s.results.rows];
    });
  }

  #ask(span: any, endpoint = '/query', format: Format = 'ROWS_AND_COLUMNS'): Promise<Result | Result[]> {
    return this.#session._sendOrThrow(endpoint, this.statement, this.params, format, span);
  }
}

export default function makeBinding(env: { fetcher: any }): D1Database {
  return new D1Database(env.fetcher);
}
