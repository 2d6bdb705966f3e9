// GET /LIST, POST /LIST with a text, PUT /LIST/NUMBER when it is done, DELETE /LIST/NUMBER.

import { DurableObject } from 'cloudflare:workers';

export class List extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec(`CREATE TABLE IF NOT EXISTS todo (
      number INTEGER PRIMARY KEY,
      text TEXT NOT NULL,
      done INTEGER NOT NULL DEFAULT 0
    )`);
  }

  all() {
    return this.sql.exec('SELECT number, text, done FROM todo ORDER BY done, number').toArray();
  }

  add(text) {
    return this.sql.exec('INSERT INTO todo (text) VALUES (?) RETURNING number', text).one().number;
  }

  finish(number) {
    return this.sql.exec('UPDATE todo SET done = 1 WHERE number = ?', number).rowsWritten > 0;
  }

  remove(number) {
    return this.sql.exec('DELETE FROM todo WHERE number = ?', number).rowsWritten > 0;
  }
}

export default {
  async fetch(request, env) {
    const [, name, number] = new URL(request.url).pathname.split('/');
    const list = env.LISTS.getByName(name);
    const found = (is) => new Response(null, { status: is ? 204 : 404 });
    switch (request.method) {
      case 'GET':
        return Response.json(await list.all());
      case 'POST':
        return new Response(`${await list.add(await request.text())}\n`, { status: 201 });
      case 'PUT':
        return found(await list.finish(Number(number)));
      case 'DELETE':
        return found(await list.remove(Number(number)));
      default:
        return new Response(null, { status: 405 });
    }
  },
};
