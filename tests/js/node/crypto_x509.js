// Certificates of `node:crypto`.

import assert from 'node:assert';
import { createPrivateKey, PublicKeyObject, X509Certificate } from 'node:crypto';
import { Buffer } from 'node:buffer';

const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBgzCCASmgAwIBAgICEjQwCgYIKoZIzj0EAwIwHzELMAkGA1UEBhMCVUsxEDAO
BgNVBAMMB1Rlc3QgQ0EwIBcNMjYxMTIyMDI0ODAzWhgPMjEyNjEwMjkwMjQ4MDNa
MB8xCzAJBgNVBAYTAlVLMRAwDgYDVQQDDAdUZXN0IENBMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEZP0iRppqo2hnG7M0N6LUlg0XErz8b5Sg7e09qLcTh3++sRjY
puu1o4EuvjK5l85a6DAJQsIjVUjPxsrRmqx+nqNTMFEwHQYDVR0OBBYEFEIAW0aK
xf5KnQ6fTD02v5RW1FPbMB8GA1UdIwQYMBaAFEIAW0aKxf5KnQ6fTD02v5RW1FPb
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhANDetbnXl9CrBkMP
ze1738b69Ge94YQLdCyW45BIw4ISAiBfakTulcyJKRfmziPNGzhTpYtq8s6lp+zq
rex/24SBwg==
-----END CERTIFICATE-----
`;

/** Of the authority above, with names of all kinds. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIDEzCCArmgAwIBAgICAPAwCgYIKoZIzj0EAwIwHzELMAkGA1UEBhMCVUsxEDAO
BgNVBAMMB1Rlc3QgQ0EwIBcNMjYxMTIyMDI0ODA0WhgPMjEyNjEwMjkwMjQ4MDRa
MGkxCzAJBgNVBAYTAlVTMRIwEAYDVQQKDAlUZXN0LCBJbmMxDDAKBgNVBAsMA1R3
bzEZMBcGA1UEAwwQaG9zdC5leGFtcGxlLmNvbTEdMBsGCSqGSIb3DQEJARYObWVA
ZXhhbXBsZS5jb20wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARExRKnHU1bDltL
8njdEZ1I9YoS0m7dv2Z8v/flgMCUlUMfY8zwRjdSlkkrRoKgkr+TDqURrQuabRE9
G2LJ8SUho4IBlzCCAZMwgcEGA1UdEQSBuTCBtoIQaG9zdC5leGFtcGxlLmNvbYIS
Ki53aWxkLmV4YW1wbGUuY29tggRhLGJjgQ14QGV4YW1wbGUuY29thhVodHRwOi8v
YS5leGFtcGxlLz94PTGHBH8AAAGHECABDbgAAAAAAAAAAAAAAAGIAyoDBKQvMC0x
CzAJBgNVBAYTAlVLMRAwDgYDVQQKDAdNeSwgT3JnMQwwCgYDVQQDDANkaXKgFAYK
KwYBBAGCNxQCA6AGDAR1cEBuMB0GA1UdJQQWMBQGCCsGAQUFBwMBBggrBgEFBQcD
AjALBgNVHQ8EBAMCB4AwVgYIKwYBBQUHAQEESjBIMCAGCCsGAQUFBzABhhRodHRw
Oi8vb2NzcC5leGFtcGxlLzAkBggrBgEFBQcwAoYYaHR0cDovL2NhLmV4YW1wbGUv
Y2EuY2VyMAkGA1UdEwQCMAAwHQYDVR0OBBYEFPInwZ9/DQGDq5HPUwDrzZPkmeSm
MB8GA1UdIwQYMBaAFEIAW0aKxf5KnQ6fTD02v5RW1FPbMAoGCCqGSM49BAMCA0gA
MEUCIQDiHs3d1x68fzrI9XUjUNMBhl34ciPx6xKB+11QKKqWyQIgJHwkG562bc9V
ArHhUoiJyhuKpRyLaaWJTD9VJqAHdzE=
-----END CERTIFICATE-----
`;

const PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgytrxnUflLCCGNljs
OSqePk0NUJLVUwjur3XOIqSJE2+hRANCAARExRKnHU1bDltL8njdEZ1I9YoS0m7d
v2Z8v/flgMCUlUMfY8zwRjdSlkkrRoKgkr+TDqURrQuabRE9G2LJ8SUh
-----END PRIVATE KEY-----
`;

const authority = new X509Certificate(AUTHORITY);
const certificate = new X509Certificate(CERTIFICATE);

export const texts = {
  test() {
    assert.strictEqual(authority.subject, 'C=UK\nCN=Test CA');
    assert.strictEqual(certificate.subject, 'C=US\nO=Test\\, Inc\nOU=Two\nCN=host.example.com\nemailAddress=me@example.com');
    assert.strictEqual(certificate.issuer, authority.subject);
    const names = [
      'DNS:host.example.com, DNS:*.wild.example.com, DNS:"a\\u002cbc", email:x@example.com, URI:http://a.example/?x=1',
      'IP Address:127.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, Registered ID:1.2.3.4',
      'DirName:"CN=dir\\u002cO=My\\\\\\u002c Org\\u002cC=UK", othername:<unsupported>',
    ];
    assert.strictEqual(certificate.subjectAltName, names.join(', '));
    assert.strictEqual(authority.subjectAltName, undefined);
    assert.strictEqual(certificate.infoAccess, 'OCSP - URI:http://ocsp.example/\nCA Issuers - URI:http://ca.example/ca.cer\n');
    assert.deepStrictEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    assert.deepStrictEqual([authority.serialNumber, certificate.serialNumber], ['1234', 'F0']);
    assert.match(certificate.validFrom, /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} GMT$/);
    assert.match(certificate.fingerprint, /^([0-9A-F]{2}:){19}[0-9A-F]{2}$/);
    assert.deepStrictEqual([authority.ca, certificate.ca], [true, false]);
    assert.deepStrictEqual([certificate.toString(), certificate.toJSON()], [CERTIFICATE, CERTIFICATE]);
    assert.strictEqual(new X509Certificate(certificate.raw).fingerprint512, certificate.fingerprint512);
  },
};

export const legacyObject = {
  test() {
    const legacy = certificate.toLegacyObject();
    assert.strictEqual(certificate.toLegacyObject(), legacy);
    assert.deepStrictEqual(legacy.issuer, { C: 'UK', CN: 'Test CA' });
    assert.strictEqual(legacy.subject.O, 'Test, Inc');
    assert.deepStrictEqual(legacy.infoAccess, {
      'OCSP - URI': ['http://ocsp.example/'],
      'CA Issuers - URI': ['http://ca.example/ca.cer'],
    });
    assert.deepStrictEqual([legacy.bits, legacy.asn1Curve, legacy.nistCurve], [256, 'prime256v1', 'P-256']);
    assert.deepStrictEqual([legacy.pubkey.length, legacy.pubkey[0]], [65, 4]);
    assert.deepStrictEqual(legacy.raw, certificate.raw);
    assert.strictEqual(legacy.fingerprint256, certificate.fingerprint256);
  },
};

export const names = {
  test() {
    assert.strictEqual(certificate.checkHost('HOST.example.com'), 'host.example.com');
    assert.strictEqual(certificate.checkHost('a.wild.example.com'), '*.wild.example.com');
    assert.strictEqual(certificate.checkHost('a.wild.example.com', { wildcards: false }), undefined);
    assert.strictEqual(certificate.checkHost('a.b.wild.example.com'), undefined);
    assert.strictEqual(certificate.checkEmail('x@example.com'), 'x@example.com');
    assert.strictEqual(certificate.checkEmail('me@example.com'), undefined);
    assert.strictEqual(certificate.checkIP('2001:db8::1'), '2001:db8::1');
    assert.strictEqual(certificate.checkIP('127.0.0.2'), undefined);
    assert.throws(() => certificate.checkHost('a\0b'), { message: 'Invalid name' });
    assert.throws(() => certificate.checkIP('none'), { message: 'Invalid IP' });
    assert.throws(() => certificate.checkHost('a', { subject: 'none' }), { message: 'Invalid subject option' });
    assert.throws(() => certificate.checkHost('a', { wildcards: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => certificate.checkHost(1), { code: 'ERR_INVALID_ARG_TYPE' });
  },
};

export const keys = {
  test() {
    const { publicKey } = authority;
    assert.ok(publicKey instanceof PublicKeyObject && authority.publicKey === publicKey);
    assert.deepStrictEqual([certificate.verify(publicKey), authority.verify(certificate.publicKey)], [true, false]);
    assert.deepStrictEqual([certificate.checkIssued(authority), authority.checkIssued(certificate)], [true, false]);
    assert.strictEqual(authority.checkPrivateKey(createPrivateKey(PRIVATE_KEY)), false);
    assert.throws(() => certificate.checkPrivateKey(publicKey), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => certificate.verify(createPrivateKey(PRIVATE_KEY)), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => certificate.checkIssued({}), { code: 'ERR_INVALID_ARG_TYPE' });
  },
};

export const noCertificates = {
  test() {
    for (const none of ['none', Buffer.alloc(0), Buffer.from([1, 2, 3]), PRIVATE_KEY]) {
      assert.throws(() => new X509Certificate(none), { code: 'ERR_INVALID_ARG_VALUE' });
    }
    for (const wrong of [1, undefined, certificate.raw.buffer]) {
      assert.throws(() => new X509Certificate(wrong), { code: 'ERR_INVALID_ARG_TYPE' });
    }
  },
};
