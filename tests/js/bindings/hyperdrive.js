import assert from 'node:assert';
import dns from 'node:dns';
import net from 'node:net';
import { connect } from 'cloudflare:sockets';
import { env as importable } from 'cloudflare:workers';

const failure = async (action) => {
  try {
    await action();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
  return 'none';
};

/** What a database says over a socket to one who says hello. */
const hello = async (socket) => {
  const writer = socket.writable.getWriter();
  // Neither side has to read before it has written.
  const written = writer.write(new TextEncoder().encode('hello'));
  let said = '';
  const reader = socket.readable.getReader();
  while (!said.endsWith('hello')) said += new TextDecoder().decode((await reader.read()).value);
  await written;
  await socket.close();
  return said;
};

const early = await (async () => {
  const { PG } = importable ?? {};
  if (PG === undefined) return undefined;
  return [PG.database, PG.port, await failure(() => PG.host), await failure(() => PG.connect())];
})();

const GLOBAL = /^Error: Disallowed operation called within global scope\./;

export const members = {
  test(_, { PG, MYSQL }) {
    assert.deepStrictEqual(Object.keys(PG), [
      'connectionString',
      'port',
      'ip',
      'host',
      'password',
      'user',
      'database',
    ]);
    assert.deepStrictEqual([PG.database, PG.user, PG.password, PG.port], ['db', 'me', 'p@ss', 5432]);
    assert.match(PG.host, /^[0-9a-f]{32}\.hyperdrive\.local$/);
    assert.match(PG.ip, /^240\.0\.\d+\.\d+$/);
    assert.strictEqual(PG.connectionString, `postgresql://me:p@ss@${PG.host}:5432/db?sslmode=disable`);
    assert.strictEqual(MYSQL.connectionString, `mysql://me:pass@${MYSQL.host}:3306/db?ssl-mode=disabled`);
    assert.strictEqual(MYSQL.port, 3306);
    assert.notStrictEqual(PG.host, MYSQL.host);
    const { value, ...rest } = Object.getOwnPropertyDescriptor(PG, 'host');
    assert.strictEqual(value, PG.host);
    assert.deepStrictEqual(rest, { writable: false, enumerable: true, configurable: true });
    assert.throws(() => {
      PG.user = 'you';
    }, TypeError);
    assert.throws(() => structuredClone(PG), { name: 'DataCloneError' });
  },
};

/** The addresses are made up in an event; what the configuration says is there before. */
export const global = {
  test() {
    if (early === undefined) return;
    assert.deepStrictEqual(early.slice(0, 2), ['db', 5432]);
    assert.match(early[2], GLOBAL);
    assert.match(early[3], GLOBAL);
  },
};

export const sockets = {
  async test(_, { PG, MYSQL }) {
    const socket = PG.connect();
    assert.strictEqual((await socket.opened).remoteAddress, `${PG.host}:5432`);
    assert.strictEqual(socket.secureTransport, 'off');
    assert.throws(() => socket.startTls(), /'starttls'/);
    assert.strictEqual(await hello(socket), `${PG.host}:5432 hello`);
    assert.strictEqual(await hello(MYSQL.connect()), `${MYSQL.host}:3306 hello`);
  },
};

/** All of them lead to the service, whose name for itself is the host. Options of connections elsewhere do not matter. */
export const addresses = {
  async test(_, { PG }) {
    const { host, ip } = PG;
    for (const address of [
      `${host}:5432`,
      `${ip}:5432`,
      `[::ffff:${ip}]:5432`,
      { hostname: host, port: 5432 },
      { hostname: ip, port: 5432 },
      { hostname: `::FFFF:${ip}`, port: 5432 },
    ]) {
      for (const options of [undefined, { secureTransport: 'on' }, { secureTransport: 'none' }]) {
        const socket = connect(address, options);
        assert.strictEqual(socket.secureTransport, 'off');
        assert.strictEqual(await hello(socket), `${host}:5432 hello`);
      }
    }
    const refused = 'Error: proxy request failed, cannot connect to the specified address';
    for (const address of [`${host}:5433`, `${host.toUpperCase()}:5432`]) {
      assert.strictEqual(await failure(() => connect(address).opened), refused);
    }
  },
};

export const node = {
  async test(_, { PG }) {
    const { host, ip } = PG;
    const lookup = (options) => dns.promises.lookup(host, options);
    assert.deepStrictEqual({ ...(await lookup()) }, { address: ip, family: 4 });
    assert.deepStrictEqual({ ...(await lookup({ family: 6 })) }, { address: `::ffff:${ip}`, family: 6 });
    assert.deepStrictEqual(await lookup({ all: true }), [{ address: ip, family: 4 }]);
    assert.deepStrictEqual(await dns.promises.resolve4(host), [ip]);
    assert.deepStrictEqual(await dns.promises.resolve6(host), [`::ffff:${ip}`]);
    assert.deepStrictEqual(await dns.promises.resolve4(host, { ttl: true }), [{ ttl: 0, address: ip }]);
    const said = await new Promise((resolve, reject) => {
      const client = net.connect(5432, host, () => client.write('hello'));
      let text = '';
      client.on('error', reject);
      client.on('data', (data) => {
        text += data;
        if (!text.endsWith('hello')) return;
        client.destroy();
        resolve(text);
      });
    });
    assert.strictEqual(said, `${host}:5432 hello`);
  },
};

export const failures = {
  async test(_, { NONE }) {
    for (const open of [() => NONE.connect(), () => connect(`${NONE.host}:5432`)]) {
      const socket = open();
      const failed = 'Error: connection attempt failed';
      assert.strictEqual(await failure(() => socket.opened), failed);
      assert.strictEqual(await failure(() => socket.closed), failed);
    }
  },
};

/** A service that was given an address is reached without the options of connections elsewhere, too. */
export const services = {
  async test(_, { SERVICE }, ctx) {
    const address = ctx.mapVirtualHost?.(SERVICE, 70);
    if (address === undefined) return;
    const socket = connect(address, { secureTransport: 'none' });
    assert.strictEqual(await hello(socket), `${address} hello`);
  },
};
