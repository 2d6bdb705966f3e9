import { DurableObject } from 'cloudflare:workers';

export class Keeper extends DurableObject {
  async fetch() {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(socket, message) {
    if (message === 'throw') throw new Error('not that');
    await scheduler.wait(1);
    socket.send(message);
  }

  webSocketClose(socket, code) {
    socket.close(code);
  }

  async alarm() {
    await this.ctx.storage.put('rung', true);
  }

  async set() {
    this.ctx.storage.setAlarm(Date.now());
    await this.ctx.storage.getAlarm();
  }

  async keys() {
    const { storage } = this.ctx;
    await storage.put({ a: 1, b: 2 });
    await storage.get(['a', 'b']);
    await storage.list();
    await storage.delete('a');
    await storage.transaction(async (txn) => {
      await txn.put('c', 3);
    });
    storage.transactionSync(() => {});
    await storage.sync();
    await storage.getAlarm();
    await storage.deleteAlarm();
    await storage.deleteAll();
  }

  sync() {
    const { kv } = this.ctx.storage;
    kv.put('d', 4);
    kv.get('d');
    [...kv.list({ prefix: 'd', limit: 3, reverse: true })];
    kv.delete('d');
  }

  sql() {
    const { sql } = this.ctx.storage;
    sql.exec('CREATE TABLE t (x)');
    sql.exec('INSERT INTO t VALUES (?), (?)', 1, 2);
    const rows = sql.exec('SELECT * FROM t');
    rows.next();
    sql.databaseSize;
    rows.toArray();
  }
}

export default {
  async fetch(request, { KEEPER }) {
    const stub = KEEPER.getByName('one');
    const { pathname } = new URL(request.url);
    if (pathname !== '/socket') {
      await stub[pathname.slice(1)]();
      return new Response('done');
    }
    const { webSocket } = await stub.fetch('http://x/', { headers: { Upgrade: 'websocket' } });
    webSocket.accept();
    const answer = new Promise((resolve) => webSocket.addEventListener('message', resolve));
    webSocket.send('throw');
    webSocket.send('x');
    await answer;
    const closed = new Promise((resolve) => webSocket.addEventListener('close', resolve));
    webSocket.close(1000, 'bye');
    await closed;
    return new Response('done');
  },
};
