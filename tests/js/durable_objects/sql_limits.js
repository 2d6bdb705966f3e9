import { deepStrictEqual, strictEqual } from "node:assert";
import { DurableObject } from "cloudflare:workers";

/** A statement, its parameters, and what it leaves of either table, or the error. */
const CASES = [
  ["delete from t order by a limit 1", [], "2:0,3:0,4:0"],
  ["delete from t order by a desc limit 1, 2", [], "1:0,4:0"],
  ["delete from t where a > ? order by b limit ? offset ?", [1, 1, 1], "1:0,2:0,4:0"],
  ["delete from t where a = :x limit :y", [2, 1], "1:0,3:0,4:0"],
  ["delete from t where a > 1 limit 0", [], "1:0,2:0,3:0,4:0"],
  ["update t set c = 9 order by b limit 2", [], "1:0,2:0,3:9,4:9"],
  ["update t set c = ? order by a limit ?", [5, 1], "1:5,2:0,3:0,4:0"],
  ["update t set c = ?2 limit ?1", [4, 1], "1:1,2:1,3:1,4:1"],
  ["update t as x set c = x.a from w where w.q = x.a order by x.a desc limit 1", [], "1:0,2:2,3:0,4:0"],
  ["with k(n) as (select 3) delete from t where a in (select n from k limit 1) limit 1", [], "1:0,2:0,4:0"],
  ["delete /* limit */ from [t] where b = 'limit 0' or 1 -- order by\n order by a limit 1;", [], "2:0,3:0,4:0"],
  ["delete from w order by p desc, q limit 1", [], "a1,a2"],
  ["delete from t where a = 9 limit 1; delete from w where q = 2 limit 1", [], "a1,b1"],
  ["delete from t order by a", [], "ORDER BY without LIMIT on DELETE: SQLITE_ERROR"],
  ["update t set c = 1 order by a", [], "ORDER BY without LIMIT on UPDATE: SQLITE_ERROR"],
  ["delete from t limit 1 returning a", [], 'near "returning": syntax error at offset 22: SQLITE_ERROR'],
  ["delete from t limit", [], "incomplete input: SQLITE_ERROR"],
  ["delete from t order by nope limit 1", [], "no such column: nope at offset 23: SQLITE_ERROR"],
  ["delete from t order limit 1", [], 'near "limit": syntax error at offset 20: SQLITE_ERROR'],
  ["delete from t where a in ? limit 1", [1], 'near "?": syntax error at offset 25: SQLITE_ERROR'],
  [
    "create trigger r after insert on t begin delete from t limit 1; end",
    [],
    'near "limit": syntax error at offset 55: SQLITE_ERROR',
  ],
];

export class Rows extends DurableObject {
  run(statement, parameters) {
    const { sql } = this.ctx.storage;
    sql.exec("DROP TABLE IF EXISTS t; DROP TABLE IF EXISTS w");
    sql.exec("CREATE TABLE t (a INTEGER, b TEXT, c INT)");
    sql.exec("INSERT INTO t VALUES (1, 'z', 0), (2, 'y', 0), (3, 'x', 0), (4, 'w', 0)");
    sql.exec("CREATE TABLE w (p TEXT, q INT, PRIMARY KEY (p, q)) WITHOUT ROWID");
    sql.exec("INSERT INTO w VALUES ('a', 1), ('a', 2), ('b', 1)");
    try {
      sql.exec(statement, ...parameters);
    } catch ({ message }) {
      return message;
    }
    const rows = (query) => sql.exec(query).one().rows;
    return statement.includes("from w ") && !statement.startsWith("update")
      ? rows("SELECT group_concat(p || q) AS rows FROM w")
      : rows("SELECT group_concat(a || ':' || c) AS rows FROM t");
  }

  returned() {
    const { sql } = this.ctx.storage;
    sql.exec("CREATE TABLE r (a INTEGER PRIMARY KEY); INSERT INTO r VALUES (1), (2), (3)");
    const cursor = sql.exec("DELETE FROM r WHERE a > ? RETURNING a ORDER BY a DESC LIMIT ?", 1, 1);
    return [cursor.toArray(), cursor.rowsWritten];
  }
}

export const deletes_and_updates_are_limited = {
  async test(_, { ROWS }) {
    const stub = ROWS.getByName("one");
    for (const [statement, parameters, expected] of CASES) {
      strictEqual(await stub.run(statement, parameters), expected, statement);
    }
  },
};

export const rows_are_returned = {
  async test(_, { ROWS }) {
    deepStrictEqual(await ROWS.getByName("two").returned(), [[{ a: 3 }], 1]);
  },
};
