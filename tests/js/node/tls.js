// `node:tls`: whose certificate it is, what is refused, and TLS sockets over streams.
import assert from 'node:assert';
import { duplexPair } from 'node:stream';
import tls from 'node:tls';
import { translatePeerCertificate } from 'node:_tls_common';

export const identities = {
  test() {
    const check = (host, cert) => tls.checkServerIdentity(host, cert)?.message;
    const named = { subject: { CN: 'c.com' }, subjectaltname: 'DNS:*.a.com, DNS:b.com, IP Address:8.8.8.8' };
    assert.strictEqual(check('x.a.com', named), undefined);
    assert.strictEqual(check('B.COM.', named), undefined);
    assert.strictEqual(check('8.8.8.8', named), undefined);
    assert.strictEqual(
      check('x.y.a.com', named),
      "Host: x.y.a.com. is not in the cert's altnames: DNS:*.a.com, DNS:b.com, IP Address:8.8.8.8"
    );
    assert.strictEqual(check('8.8.4.4', named), "IP: 8.8.4.4 is not in the cert's list: 8.8.8.8");
    assert.strictEqual(check('a.com', { subject: { CN: ['b.com', 'a.com'] } }), undefined);
    assert.strictEqual(check('a.com', { subject: { CN: '*.com' } }), "Host: a.com. is not cert's CN: *.com");
    assert.strictEqual(check('a.com', { subject: {} }), 'Cert does not contain a DNS name');
    assert.strictEqual(check('a,b.com', { subject: {}, subjectaltname: 'DNS:"a,b.com"' }), undefined);
    assert.throws(() => check('a', { subject: {}, subjectaltname: 'DNS:"a' }), { code: 'ERR_TLS_CERT_ALTNAME_FORMAT' });
  },
};

export const protocols = {
  test() {
    const out = {};
    tls.convertALPNProtocols(['h2', 'http/1.1'], out);
    assert.deepStrictEqual(out.ALPNProtocols, Buffer.from('\x02h2\x08http/1.1'));
    const cert = translatePeerCertificate({ infoAccess: 'OCSP - URI:http://o/\nCA Issuers - URI:"http://c/"' });
    assert.deepStrictEqual({ ...cert.infoAccess }, { 'OCSP - URI': ['http://o/'], 'CA Issuers - URI': ['http://c/'] });
  },
};

export const refused = {
  test() {
    for (const options of [{ rejectUnauthorized: false }, { ALPNProtocols: ['h2'] }, { pskCallback() {} }, { isServer: true }]) {
      assert.throws(() => new tls.TLSSocket(null, options), { code: 'ERR_OPTION_NOT_IMPLEMENTED' });
    }
    assert.throws(() => tls.connect({ port: 1, minDHSize: 1024 }), { code: 'ERR_OPTION_NOT_IMPLEMENTED' });
    assert.throws(() => new tls.TLSSocket(null, { secureContext: {} }), { code: 'ERR_TLS_INVALID_CONTEXT' });
    assert.throws(() => tls.createServer(), { message: 'Not implemented' });
    assert.throws(() => new tls.TLSSocket().getPeerCertificate(), { message: 'getPeerCertificate is not implemented' });
    assert.strictEqual(new tls.TLSSocket().getProtocol(), null);
    assert.ok(tls.createSecureContext() instanceof tls.SecureContext);
  },
};

export const overStreams = {
  async test() {
    const [near, far] = duplexPair();
    const socket = new tls.TLSSocket(near);
    const secure = new Promise((resolve) => socket.on('secure', resolve));
    const got = new Promise((resolve) => far.on('data', (chunk) => resolve(`${chunk}`)));
    await secure;
    socket.write('out');
    assert.strictEqual(await got, 'out');
    assert.strictEqual(socket.encrypted, true);
  },
};
