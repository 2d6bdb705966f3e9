// The constants of `node:crypto`.

import { CONNECTIONS, KEYS, POINTS, VERSIONS } from 'node-internal:crypto_numbers';

const VALUES: Record<string, number | string> = {
  ...KEYS,
  ...POINTS,
  OPENSSL_VERSION_NUMBER: 0,
  ...CONNECTIONS,
  defaultCoreCipherList: '',
  ...VERSIONS,
};

export const constants: Record<string, number | string> = Object.create(null);
// They can be read, but not listed.
for (const [name, value] of Object.entries(VALUES)) Object.defineProperty(constants, name, { value });
Object.defineProperty(constants, 'defaultCipherList', { value: '', writable: true, configurable: true });
