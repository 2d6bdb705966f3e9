import { ok, strictEqual } from 'node:assert';

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
const data = new TextEncoder().encode('The quick brown fox jumps over the lazy dog');

export const secretKeys = {
  async test(_, env) {
    for (const name of ['raw', 'hex', 'base64', 'jwk']) {
      const key = env[name];
      ok(key instanceof CryptoKey);
      strictEqual(key.extractable, name === 'hex');
      const signature = hex(await crypto.subtle.sign('HMAC', key, data));
      strictEqual(signature, 'f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8');
    }
    strictEqual(hex(await crypto.subtle.exportKey('raw', env.hex)), '6b6579');
    strictEqual(JSON.stringify(env.named.algorithm), '{"name":"AES-GCM","length":128}');
  },
};

export const pair = {
  async test(_, env) {
    const params = { name: 'ECDSA', hash: 'SHA-256' };
    const signature = await crypto.subtle.sign(params, env.privateKey, data);
    ok(await crypto.subtle.verify(params, env.publicKey, signature, data));
    strictEqual(env.privateKey.type, 'private');
  },
};
