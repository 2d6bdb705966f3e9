// `Certificate` of `node:crypto`: signed public keys with a challenge.

import { Buffer } from 'node-internal:internal_buffer';
import { toBytes } from 'node-internal:crypto_key_input';
import * as natives from 'node-internal:crypto_natives';

function asBuffer(bytes: Uint8Array): any {
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}

/** Never: the signatures use MD5, which the real one's library refuses. */
function verifySpkac(spkac: any, encoding: any): boolean {
  toBytes(spkac, 'spkac', encoding);
  return false;
}

function exportPublicKey(spkac: any, encoding: any): any {
  return asBuffer(natives.spkacKey(toBytes(spkac, 'spkac', encoding)));
}

function exportChallenge(spkac: any, encoding: any): any {
  return asBuffer(natives.spkacChallenge(toBytes(spkac, 'spkac', encoding)));
}

export const Certificate: any = function Certificate(this: any): any {
  if (!(this instanceof Certificate)) return new Certificate();
};
Object.assign(Certificate.prototype, { verifySpkac, exportPublicKey, exportChallenge });
Object.assign(Certificate, { exportChallenge, exportPublicKey, verifySpkac });
