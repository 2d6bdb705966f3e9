import { throws } from "node:assert";
import { DurableObject } from "cloudflare:workers";

export class Posts extends DurableObject {
  async run() {
    const { sql } = this.ctx.storage;
    sql.exec("CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY)");
    sql.exec("CREATE TABLE IF NOT EXISTS posts (user INT, FOREIGN KEY (user) REFERENCES users (id))");
    for (let turn = 0; turn < 10; turn += 1) {
      // While this is on its way to the disk, the next turn has been.
      sql.exec("INSERT INTO users DEFAULT VALUES");
      await scheduler.wait(0);
      sql.exec("PRAGMA defer_foreign_keys=ON");
      sql.exec("INSERT INTO users DEFAULT VALUES");
      await scheduler.wait(0);
      throws(() => sql.exec("INSERT INTO posts VALUES (1000)"), /FOREIGN KEY constraint failed/);
    }
  }
}

export const the_next_turn_enforces_them_at_once = {
  async test(_, env) {
    await env.POSTS.get(env.POSTS.idFromName("posts")).run();
  },
};
