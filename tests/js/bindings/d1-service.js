// A service as D1's binding wants it: answers the SQL text and its parameters, or fails when told.
import { WorkerEntrypoint } from 'cloudflare:workers';

let calls = 0;

const meta = { duration: 1, rows_read: 2, changes: 3 };

function run({ sql, params = [] }) {
  if (sql.startsWith('fail')) return { success: false, error: 'no such table' };
  return { success: true, results: { columns: ['sql', 'params'], rows: [[sql, JSON.stringify(params)]] }, meta };
}

export default {
  async fetch(request) {
    const header = 'x-cf-d1-session-commit-token';
    const queries = await request.json();
    const headers = request.headers.has(header) ? { [header]: `bookmark-${++calls}` } : {};
    return Response.json(Array.isArray(queries) ? queries.map(run) : run(queries), { headers });
  },

  async query({ queries, bookmark }) {
    const results = queries.map(run);
    const failed = results.find(({ success }) => !success);
    if (failed) return { success: false, error: new Error(failed.error) };
    const queryResults = results.map(({ meta, results }) => ({ meta, data: { kind: 'raw', ...results } }));
    return { success: true, results: { queryResults, ...(bookmark && { bookmark: `bookmark-${++calls}` }) } };
  },
};

// Takes a database that is sent to it.
export class Echo extends WorkerEntrypoint {
  async first(database) {
    return database.prepare('sent').first('sql');
  }
}
