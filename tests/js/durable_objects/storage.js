import assert from 'node:assert';
import { DurableObject } from 'cloudflare:workers';

export default {};

const text = (buffer) => new TextDecoder().decode(buffer);

/** Runs each named method in an object of its own. */
const each = (namespace, names) => ({
  async test(_, env) {
    // The same module is a Worker without bindings, too.
    for (const name of namespace in env ? names : []) {
      const stub = env[namespace].get(env[namespace].idFromName(name));
      const response = await stub.fetch(`http://x/${name}`);
      const result = await response.text();
      assert.ok(result === 'ok', `${name}: ${result}`);
    }
  },
});

class Tested extends DurableObject {
  async fetch(request) {
    const name = new URL(request.url).pathname.slice(1);
    try {
      await this[name](this.ctx.storage);
      return new Response('ok');
    } catch (error) {
      return new Response(error.stack);
    }
  }
}

export class Keys extends Tested {
  async values(storage) {
    assert.strictEqual(await storage.get('missing'), undefined);
    const value = {
      date: new Date(5),
      map: new Map([[1, { a: [1n, null, undefined, 'ü'] }]]),
      set: new Set(['x']),
      bytes: new Uint8Array([1, 2]),
      expression: /a/g,
      error: new RangeError('r'),
    };
    await storage.put('value', value);
    const read = await storage.get('value');
    assert.deepStrictEqual(Object.keys(read), Object.keys(value));
    assert.deepStrictEqual(read.map, value.map);
    assert.strictEqual(read.date.getTime(), 5);
    assert.strictEqual(read.error.message, 'r');
    assert.ok(read.error instanceof RangeError);
    await storage.put(5, 'number');
    assert.strictEqual(await storage.get('5'), 'number');
    await storage.put('', 'empty');
    assert.strictEqual(await storage.get(''), 'empty');
    await assert.rejects(storage.put('k', () => {}), { name: 'DataCloneError' });
    await assert.rejects(storage.put('k', undefined), {
      name: 'TypeError',
      message: 'put() called with undefined value.',
    });
    await storage.put('x'.repeat(3000), 'y'.repeat(200000));
    assert.strictEqual((await storage.get('x'.repeat(3000))).length, 200000);
    await assert.rejects(storage.put('big', 'y'.repeat(9 << 20)), {
      message: 'string or blob too big: SQLITE_TOOBIG',
    });
  }

  async many(storage) {
    await storage.put({ b: 1, a: 2, c: undefined });
    const map = await storage.get(['b', 'missing', 'a']);
    assert.deepStrictEqual([...map], [['a', 2], ['b', 1]]);
    assert.strictEqual(await storage.delete('a'), true);
    assert.strictEqual(await storage.delete('a'), false);
    assert.strictEqual(await storage.delete(['a', 'b', 'c']), 1);
    await storage.put({ d: 1 }, { allowUnconfirmed: true });
    assert.strictEqual(await storage.get('d', { noCache: true, allowConcurrency: true }), 1);
    await assert.rejects(storage.put({ d: 1 }, 5), { name: 'TypeError', message: /^put\(\) may only be called/ });
    assert.throws(() => storage.delete(), { name: 'TypeError' });
  }

  async lists(storage) {
    await storage.put({ a: 1, 'b/1': 2, 'b/2': 3, 'b/3': 4, c: 5 });
    const keys = async (options) => [...(await storage.list(options)).keys()];
    assert.deepStrictEqual(await keys(), ['a', 'b/1', 'b/2', 'b/3', 'c']);
    assert.deepStrictEqual(await keys({ reverse: true, limit: 2 }), ['c', 'b/3']);
    assert.deepStrictEqual(await keys({ prefix: 'b/' }), ['b/1', 'b/2', 'b/3']);
    assert.deepStrictEqual(await keys({ prefix: 'b/', start: 'b/2' }), ['b/2', 'b/3']);
    assert.deepStrictEqual(await keys({ prefix: 'b/', end: 'b/2' }), ['b/1']);
    assert.deepStrictEqual(await keys({ prefix: 'b/', start: 'c' }), []);
    assert.deepStrictEqual(await keys({ startAfter: 'a', end: 'b/3' }), ['b/1', 'b/2']);
    assert.deepStrictEqual(await keys({ start: 'c', end: 'a' }), []);
    const same = storage.kv.list({ prefix: 'b/', limit: 2, reverse: true });
    assert.deepStrictEqual([...same], [['b/3', 4], ['b/2', 3]]);
    await assert.rejects(storage.list({ limit: 0 }), { message: 'List limit must be positive.' });
    await assert.rejects(storage.list({ start: 'a', startAfter: 'b' }), {
      message: 'list() cannot be called with both start and startAfter values.',
    });
    const first = storage.kv.list();
    first.next();
    storage.kv.list();
    assert.throws(() => first.next(), { message: /^kv\.list\(\) iterator was invalidated/ });
  }

  async kv(storage) {
    const { kv } = storage;
    assert.strictEqual(kv, storage.kv);
    kv.put('a', { x: 1 });
    assert.deepStrictEqual(kv.get('a'), { x: 1 });
    assert.deepStrictEqual(await storage.get('a'), { x: 1 });
    kv.put('undefined', undefined);
    assert.strictEqual(kv.delete('a'), true);
    assert.strictEqual(kv.delete('a'), false);
    assert.deepStrictEqual([...kv.list()], [['undefined', undefined]]);
    assert.throws(() => kv.put({ a: 1 }), { message: /parameter 2 is not of type 'Value'/ });
  }

  async transactions(storage) {
    await storage.put('a', 1);
    const result = await storage.transaction(async (txn) => {
      assert.strictEqual(await txn.get('a'), 1);
      await txn.put('a', 2);
      await storage.put('b', 2);
      return 'result';
    });
    assert.strictEqual(result, 'result');
    assert.deepStrictEqual([...(await storage.list())], [['a', 2], ['b', 2]]);
    await assert.rejects(
      storage.transaction(async (txn) => {
        await txn.put('a', 3);
        await txn.delete('b');
        throw new RangeError('inside');
      }),
      { name: 'RangeError', message: 'inside' }
    );
    assert.deepStrictEqual([...(await storage.list())], [['a', 2], ['b', 2]]);
    await storage.transaction(async (txn) => {
      await txn.put('a', 4);
      txn.rollback();
      txn.rollback();
      await assert.rejects(txn.put('a', 5), { message: 'Cannot put() on rolled back transaction' });
    });
    assert.strictEqual(await storage.get('a'), 2);
    await storage.transaction(async () => {
      await storage.put('a', 5);
      await assert.rejects(
        storage.transaction(async (inner) => {
          await inner.put('a', 6);
          throw new Error('inner');
        }),
        { message: 'inner' }
      );
      assert.strictEqual(await storage.get('a'), 5);
      await storage.transaction(async (inner) => inner.put('c', 7));
    });
    assert.strictEqual(await storage.get('a'), 5);
    assert.strictEqual(await storage.get('c'), 7);
    let kept;
    await storage.transaction((txn) => (kept = txn, undefined));
    await assert.rejects(kept.get('a'), {
      message: 'Cannot call get() on transaction that has already committed: did you move `txn` outside of the closure?',
    });
    await assert.rejects(storage.transaction(async (txn) => txn.deleteAll()), {
      message: 'Cannot call deleteAll() within a transaction',
    });
    await assert.rejects(storage.transaction(5), { name: 'TypeError' });
  }

  async all(storage) {
    await storage.put({ a: 1, b: 2 });
    storage.sql.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    await storage.deleteAll();
    assert.strictEqual((await storage.list()).size, 0);
    assert.throws(() => storage.sql.exec('SELECT * FROM t'), { message: /^no such table: t/ });
    await storage.put('c', 3);
    await storage.sync();
    assert.deepStrictEqual([...(await storage.list()).keys()], ['c']);
  }

  async bookmarks(storage) {
    const first = await storage.getCurrentBookmark();
    const second = await storage.getCurrentBookmark();
    assert.match(first, /^[0-9a-f]{8}-[0-9a-f]{8}-0{8}-0{32}$/);
    assert.ok(first < second);
    const message = "This Durable Object's storage back-end does not implement point-in-time recovery.";
    await assert.rejects(storage.getBookmarkForTime(0), { message });
    await assert.rejects(storage.onNextSessionRestoreBookmark(first), { message });
  }
}

export const keys = each('KEYS', [
  'values',
  'many',
  'lists',
  'kv',
  'transactions',
  'all',
  'bookmarks',
]);

export class Sql extends Tested {
  async cursors({ sql }) {
    assert.strictEqual(sql, this.ctx.storage.sql);
    sql.exec('CREATE TABLE t (a INTEGER PRIMARY KEY, b, c)');
    const inserted = sql.exec('INSERT INTO t (b, c) VALUES (?, ?), (?, ?)', 'x', 1.5, null, new Uint8Array([97, 98]));
    assert.strictEqual(inserted.rowsWritten, 2);
    assert.deepStrictEqual(inserted.toArray(), []);
    const cursor = sql.exec('SELECT * FROM t ORDER BY a');
    assert.deepStrictEqual(cursor.columnNames, ['a', 'b', 'c']);
    assert.deepStrictEqual(cursor.next(), { done: false, value: { a: 1, b: 'x', c: 1.5 } });
    const { value } = cursor.next();
    assert.strictEqual(value.b, null);
    assert.ok(value.c instanceof ArrayBuffer);
    assert.strictEqual(text(value.c), 'ab');
    assert.strictEqual(cursor.next().done, true);
    assert.strictEqual(cursor.rowsRead, 2);
    assert.deepStrictEqual([...sql.exec('SELECT a FROM t')], [{ a: 1 }, { a: 2 }]);
    const raw = sql.exec('SELECT 1 AS x, 2 AS x').raw();
    assert.deepStrictEqual(raw.next().value, [1, 2]);
    assert.deepStrictEqual([...raw], []);
    assert.deepStrictEqual(sql.exec('SELECT 1 AS x, 2 AS x').toArray(), [{ x: 2 }]);
    assert.deepStrictEqual(sql.exec('SELECT 5 AS five').one(), { five: 5 });
    assert.throws(() => sql.exec('SELECT 1 WHERE 0').one(), {
      message: 'Expected exactly one result from SQL query, but got no results.',
    });
    assert.throws(() => sql.exec('SELECT 1 UNION SELECT 2').one(), {
      message: 'Expected exactly one result from SQL query, but got multiple results.',
    });
    const one = sql.exec('SELECT 1 AS a UNION SELECT 2');
    const two = sql.exec('SELECT 1 AS a UNION SELECT 2');
    assert.deepStrictEqual([...one].concat([...two]), [{ a: 1 }, { a: 2 }, { a: 1 }, { a: 2 }]);
    assert.ok(sql.databaseSize > 0 && sql.databaseSize % 4096 === 0);
  }

  async bindings({ sql }) {
    const type = (value) => sql.exec('SELECT typeof(?1) || quote(?1) AS t', value).one().t;
    assert.strictEqual(type(1), 'real1.0');
    assert.strictEqual(type('x'), "text'x'");
    assert.strictEqual(type(null), 'nullNULL');
    assert.strictEqual(type(undefined), 'nullNULL');
    assert.strictEqual(type(true), "text'true'");
    assert.strictEqual(type(new ArrayBuffer(1)), "blobX'00'");
    assert.strictEqual(type(new DataView(new Uint8Array([1, 2]).buffer, 1)), "blobX'02'");
    assert.strictEqual(sql.exec('SELECT 9223372036854775807 AS a').one().a, 9223372036854775807);
    assert.throws(() => sql.exec('SELECT ?'), { message: 'Wrong number of parameter bindings for SQL query.' });
    assert.deepStrictEqual(sql.exec('SELECT 1; SELECT ? AS a', 'last').toArray(), [{ a: 'last' }]);
    assert.throws(() => sql.exec('SELECT ?; SELECT 1', 1), { message: /only the last statement can have parameters/ });
    assert.strictEqual(sql.exec('SELECT length(?) AS n', 'a\0b').raw().next().value.length, 1);
  }

  async rules({ sql }) {
    const message = (query) => {
      try {
        sql.exec(query);
        return 'no error';
      } catch (error) {
        assert.strictEqual(error.constructor, Error);
        return error.message;
      }
    };
    assert.strictEqual(message('SELEKT 1'), 'near "SELEKT": syntax error at offset 0: SQLITE_ERROR');
    assert.strictEqual(message(''), 'SQL code did not contain a statement.');
    assert.match(message('BEGIN'), /^To execute a transaction, please use the state\.storage\.transaction\(\)/);
    assert.match(message('SAVEPOINT x'), /^To execute a transaction/);
    assert.strictEqual(message("ATTACH 'x' AS y"), 'not authorized: SQLITE_AUTH');
    assert.strictEqual(message('CREATE TABLE _cf_x (a)'), 'not authorized: SQLITE_AUTH');
    assert.strictEqual(message('CREATE TEMP TABLE x (a)'), 'not authorized: SQLITE_AUTH');
    assert.strictEqual(message('PRAGMA journal_mode=DELETE'), 'not authorized: SQLITE_AUTH');
    assert.strictEqual(message('PRAGMA page_size'), 'no error');
    assert.strictEqual(message('PRAGMA foreign_keys = off'), 'no error');
    assert.strictEqual(message('SELECT sqlite_version()'), 'not authorized to use function: sqlite_version at offset 7: SQLITE_ERROR');
    assert.strictEqual(message("SELECT load_extension('x')"), 'not authorized: SQLITE_ERROR');
    assert.strictEqual(message('VACUUM'), 'cannot VACUUM from within a transaction: SQLITE_ERROR');
    await this.ctx.storage.put('a', 1);
    assert.match(message('SELECT * FROM _cf_KV'), /^access to _cf_KV\.key is prohibited/);
    sql.exec('CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)');
    assert.strictEqual(message('ALTER TABLE t RENAME TO _cf_t'), 'not authorized: SQLITE_AUTH');
    assert.strictEqual(
      message('INSERT INTO t VALUES (1)'),
      'UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)'
    );
    assert.match(message('SELECT ' + '1,'.repeat(60000) + '1'), /SQLITE_TOOBIG$/);
  }

  async extensions({ sql }) {
    sql.exec("CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES ('a quick fox')");
    assert.strictEqual(sql.exec("SELECT highlight(f, 0, '<', '>') AS h FROM f('quick')").one().h, 'a <quick> fox');
    assert.strictEqual(sql.exec("SELECT json_object('a', (SELECT json_array(1))) AS j").one().j, '{"a":[1]}');
    sql.exec('CREATE VIRTUAL TABLE r USING rtree(id, a, b); INSERT INTO r VALUES (1, 2, 3)');
    assert.strictEqual(sql.exec('SELECT count(*) AS n FROM r WHERE a < 3').one().n, 1);
    assert.throws(() => sql.exec('CREATE VIRTUAL TABLE x USING nope(a)'), { message: 'not authorized: SQLITE_AUTH' });
  }

  async sync({ sql }) {
    const { storage } = this.ctx;
    sql.exec('CREATE TABLE t (a)');
    assert.strictEqual(storage.transactionSync(() => {
      sql.exec('INSERT INTO t VALUES (1)');
      assert.throws(() => storage.transactionSync(() => {
        sql.exec('INSERT INTO t VALUES (2)');
        throw new RangeError('inner');
      }), { name: 'RangeError' });
      return 'result';
    }), 'result');
    assert.deepStrictEqual(sql.exec('SELECT a FROM t').toArray(), [{ a: 1 }]);
    assert.throws(() => storage.transactionSync(() => {
      sql.exec('CREATE TABLE u (a)');
      throw new Error('outer');
    }), { message: 'outer' });
    assert.throws(() => sql.exec('SELECT * FROM u'), { message: /^no such table/ });
    await storage.transaction(async () => {
      sql.exec('INSERT INTO t VALUES (3)');
      storage.transactionSync(() => sql.exec('INSERT INTO t VALUES (4)'));
    });
    assert.strictEqual(sql.exec('SELECT count(*) AS n FROM t').one().n, 3);
    await assert.rejects(storage.transaction(async () => {
      sql.exec('DELETE FROM t');
      throw new Error('undone');
    }), { message: 'undone' });
    assert.strictEqual(sql.exec('SELECT count(*) AS n FROM t').one().n, 3);
  }

  async deleted({ sql }) {
    sql.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)');
    const cursor = sql.exec('SELECT a FROM t');
    cursor.next();
    await this.ctx.storage.deleteAll();
    assert.throws(() => cursor.toArray(), {
      message: 'SQLite query was canceled because the database was deleted.',
    });
  }

  async facets(storage) {
    const count = async () => {
      const facet = this.ctx.facets.get('facet', () => ({ class: this.ctx.exports.Counter }));
      return (await facet.fetch('http://x/')).text();
    };
    assert.strictEqual(await count(), '1');
    assert.strictEqual(await count(), '2');
    this.ctx.facets.abort('facet', new Error('aborted'));
    assert.strictEqual(await count(), '3');
    this.ctx.facets.abort('facet', new Error('aborted'));
    await storage.deleteAll();
    assert.strictEqual(await count(), '1');
  }

  async snapshots(storage) {
    await assert.rejects(storage.snapshot(), {
      message: "This Durable Object's storage back-end does not implement snapshots.",
    });
    await assert.rejects(storage.snapshot('x'), { name: 'TypeError' });
    await assert.rejects(storage.onNextSessionRestore('x'), { message: /point-in-time recovery/ });
    await assert.rejects(storage.onNextSessionRestore(), { name: 'TypeError' });
    const names = [];
    for (const name in storage) names.push(name);
    assert.strictEqual(
      names.filter((name) => !/primary|waitForBookmark/.test(name)).join(),
      'kv,sql,get,list,put,delete,deleteAll,transaction,getAlarm,setAlarm,deleteAlarm,sync,transactionSync,' +
        'getCurrentBookmark,getBookmarkForTime,onNextSessionRestoreBookmark,snapshot,onNextSessionRestore'
    );
  }
}

export class Counter extends DurableObject {
  fetch() {
    const { kv } = this.ctx.storage;
    kv.put('count', (kv.get('count') ?? 0) + 1);
    return new Response(String(kv.get('count')));
  }
}

export const sql = each('SQL', [
  'cursors',
  'bindings',
  'rules',
  'extensions',
  'sync',
  'deleted',
  'facets',
  'snapshots',
]);

export class Plain extends Tested {
  async refused(storage) {
    await storage.put('a', 1);
    assert.strictEqual(await storage.get('a'), 1);
    assert.throws(() => storage.sql.exec('SELECT 1'), { message: /^SQL is not enabled for this Durable Object class/ });
    assert.throws(() => storage.sql.databaseSize, { message: /^SQL is not enabled/ });
    assert.throws(() => storage.kv.get('a'), { message: /^The storage\.kv \(synchronous KV\) API is only available/ });
    assert.strictEqual(storage.transactionSync(() => 5), 5);
    assert.strictEqual(typeof (await storage.getCurrentBookmark()), 'string');
  }
}

export const plain = each('PLAIN', ['refused']);

export class Memory extends Tested {
  async limits(storage) {
    await storage.put({ a: { b: 1 } });
    assert.deepStrictEqual(await storage.get('a'), { b: 1 });
    // An array is a key, if a strange one, and no record of its indices.
    await assert.rejects(storage.put([1, 2]), { name: 'TypeError', message: 'put() called with undefined value.' });
    await storage.put(['x'], 'of an array');
    assert.strictEqual(await storage.get('x'), 'of an array');
    await assert.rejects(storage.put('k', 'v'.repeat(3000000)), {
      name: 'RangeError',
      message: 'Values cannot be larger than 131072 bytes. A value of size 3000007 was provided.',
    });
    await assert.rejects(storage.put('k'.repeat(2049), 1), {
      name: 'RangeError',
      message: 'Keys cannot be larger than 2048 bytes. A key of size 2049 was provided.',
    });
    // What is asked for need not be there; what is stored together is not counted.
    assert.strictEqual((await storage.get(['k'.repeat(2049)])).size, 0);
    const keys = Array.from({ length: 129 }, (_, index) => `k${index}`);
    await storage.put(Object.fromEntries(keys.map((key) => [key, key])));
    assert.strictEqual(await storage.delete(keys), 129);
    await assert.rejects(storage.get(keys), {
      name: 'RangeError',
      message: 'Maximum number of key value pairs is 128. 129 pairs were provided.',
    });
    await storage.transaction(async (txn) => {
      await txn.put('a', 2);
      txn.rollback();
    });
    assert.deepStrictEqual(await storage.get('a'), { b: 1 });
    assert.throws(() => storage.sql.exec('SELECT 1'), { message: /^This Durable Object is not backed by SQLite storage/ });
    assert.throws(() => storage.sql.exec('SELECT ?', 1n), { message: 'Cannot convert a BigInt value to a number' });
    assert.throws(() => storage.kv.get('a'), { message: /SQLite can be enabled on a new Durable Object class/ });
    assert.throws(() => storage.transactionSync(() => 1), { message: 'Durable Object is not backed by SQL.' });
    await assert.rejects(storage.getCurrentBookmark(), { message: /point-in-time recovery/ });
    await storage.deleteAll();
    assert.strictEqual((await storage.list()).size, 0);
  }
}

export const memory = each('MEMORY', ['limits']);
