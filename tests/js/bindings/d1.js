import assert from 'node:assert';

const jsrpc = Cloudflare.compatibilityFlags.d1_binding_jsrpc === true;

export const statements = {
  async test(_, { db }) {
    const bound = db.prepare('select').bind(true, null, 'a', new Uint8Array([1, 2]).buffer);
    assert.deepEqual(bound.params, [1, null, 'a', [1, 2]]);
    const row = { sql: 'select', params: '[1,null,"a",[1,2]]' };
    const { success, meta, results } = await bound.all();
    assert.deepEqual({ success, meta, results }, {
      success: true,
      meta: { duration: 1, rows_read: 2, changes: 3 },
      results: [row],
    });
    assert.deepEqual(await bound.first(), row);
    assert.equal(await bound.first('sql'), 'select');
    assert.deepEqual(await bound.raw(), [Object.values(row)]);
    assert.deepEqual(await bound.raw({ columnNames: true }), [Object.keys(row), Object.values(row)]);
    assert.equal((await bound.run()).success, true);
    const batch = await db.batch([bound, db.prepare('other')]);
    assert.deepEqual(batch.map(({ results }) => results[0].sql), ['select', 'other']);
    assert.deepEqual(await db.exec(' one\ntwo '), { count: 2, duration: 2 });
  },
};

export const failures = {
  async test(_, { db }) {
    assert.throws(() => db.prepare('x').bind(undefined), {
      message: "D1_TYPE_ERROR: Type 'undefined' not supported for value 'undefined'",
    });
    await assert.rejects(db.prepare('x').first('missing'), (error) => {
      assert.equal(error.message, 'D1_COLUMN_NOTFOUND: Column not found (missing)');
      return error.cause.message === 'Column not found';
    });
    const methods = ['run', 'all', 'raw', 'first'];
    for (const method of methods) {
      await assert.rejects(db.prepare('fail')[method](), { message: 'D1_ERROR: no such table' });
    }
    await assert.rejects(db.exec('select\nfail'), {
      message: `D1_EXEC_ERROR: ${jsrpc ? '' : 'Error in line 2: fail: '}no such table`,
    });
  },
};

// Each query takes along the newest bookmark; the database itself has none.
export const sessions = {
  async test(_, { db }) {
    const session = db.withSession();
    assert.equal(session.getBookmark(), null);
    await session.prepare('a').run();
    const first = session.getBookmark();
    assert.match(first, /^bookmark-/);
    await session.prepare('b').all();
    assert.ok(session.getBookmark() > first);
    assert.equal(db.withSession('zzz').getBookmark(), 'zzz');
    assert.equal(session.exec, undefined);
  },
};

// A database goes where its service goes.
export const sent = {
  async test(_, { db, echo }) {
    assert.throws(() => structuredClone(db), { name: 'DataCloneError' });
    if (jsrpc) assert.equal(await echo.first(db), 'sent');
  },
};
