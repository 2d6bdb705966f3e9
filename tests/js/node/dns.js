// `node:dns`: records in the forms of Node.js, from a resolver over HTTPS.
import assert from 'node:assert';
import dns from 'node:dns';
import { lookup, promises } from 'node:dns';

const call = (f, ...args) =>
  new Promise((resolve) => f(...args, (error, ...values) => resolve(error ? { code: error.code, text: error.message } : values)));

export const records = {
  async test() {
    assert.deepStrictEqual(await promises.resolve4('example.com'), ['192.0.2.1', '192.0.2.2']);
    assert.deepStrictEqual(await promises.resolve6('example.com', { ttl: true }), [{ ttl: 60, address: '2001:db8::1' }]);
    assert.deepStrictEqual(await promises.resolveMx('example.com'), [{ exchange: 'mail.example.com', priority: 10 }]);
    assert.deepStrictEqual(await promises.resolve('example.com', 'CAA'), [
      { critical: 0, issue: 'pki.example' },
      { critical: 128, issue: 'pki.goog' },
    ]);
    assert.deepStrictEqual(await promises.resolveSoa('example.com'), {
      nsname: 'ns.example.com.',
      hostmaster: 'dns.example.com.',
      serial: 1,
      refresh: 2,
      retry: 3,
      expire: 4,
      minttl: 5,
    });
    assert.deepStrictEqual(await promises.resolveSrv('_sip._tcp.example.com'), [
      { priority: 5, weight: 0, port: 80, name: 'sip.example.com' },
    ]);
    const naptr = await promises.resolveNaptr('example.com');
    assert.deepStrictEqual(naptr.map((record) => ({ ...record })), [
      { flags: 's', service: 'SIP+D2U', regexp: '', replacement: '_sip._udp.example.com', order: 20, preference: 100 },
      { flags: 's', service: 'my-service', regexp: 'regexp', replacement: 'replacement', order: 5555, preference: 2222 },
    ]);
  },
};

export const strings = {
  async test() {
    const [split, quoted, bare] = await promises.resolveTxt('example.com');
    assert.deepStrictEqual(split, ['v=1', 'two']);
    assert.deepStrictEqual(quoted.length > 0, true);
    assert.deepStrictEqual(bare, ['bare']);
  },
};

export const callbacks = {
  async test() {
    assert.deepStrictEqual(await call(dns.resolve4, 'example.com'), [['192.0.2.1', '192.0.2.2']]);
    assert.deepStrictEqual(await call(lookup, 'example.com', {}), ['192.0.2.1', 4]);
    assert.deepStrictEqual(await call(lookup, 'example.com', 6), ['2001:db8::1', 6]);
    assert.deepStrictEqual(await call(lookup, '::1', { all: true }), [[{ address: '::1', family: 6 }]]);
    assert.deepStrictEqual(await call(lookup, '', {}), [null, 4]);
    const all = await call(lookup, 'example.com', { all: true, order: 'ipv6first' });
    assert.deepStrictEqual(all[0].map(({ family }) => family), [6, 4, 4]);
  },
};

export const failures = {
  async test() {
    assert.deepStrictEqual(await call(dns.resolveNs, 'example.com'), { code: 'ENOTFOUND', text: 'queryNs ENOTFOUND example.com' });
    assert.deepStrictEqual(await call(dns.resolveMx, 'bad.example'), { code: 'EBADRESP', text: 'queryMx EBADRESP bad.example' });
    await assert.rejects(promises.resolveCaa('bad.example'), { message: "Received unknown field 'nothing'" });
    await assert.rejects(promises.resolve4('down.example'), { code: 'EBADRESP', syscall: 'queryA', hostname: 'down.example' });
    assert.throws(() => promises.resolve('example.com', 'toString'), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => promises.lookup(1), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => dns.setServers([]), { message: 'Not implemented' });
    assert.throws(() => dns.setDefaultResultOrder('none'), { code: 'ERR_INVALID_ARG_VALUE' });
  },
};
