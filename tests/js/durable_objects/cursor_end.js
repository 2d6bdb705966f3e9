import { deepStrictEqual } from "node:assert";
import { DurableObject } from "cloudflare:workers";

export class Rows extends DurableObject {
  ends() {
    const { sql } = this.ctx.storage;
    const cursors = [sql.exec("SELECT 1 AS a"), sql.exec("SELECT 1 AS a").raw()];
    return cursors.map((cursor) => {
      const first = cursor.next();
      return [Object.keys(first), first.done, Object.keys(cursor.next())];
    });
  }
}

export const the_end_has_a_value_where_others_have = {
  async test(_, env) {
    const rows = env.ROWS.get(env.ROWS.idFromName("rows"));
    const expected = [["done", "value"], false, env.END];
    deepStrictEqual(await rows.ends(), [expected, expected]);
  },
};
