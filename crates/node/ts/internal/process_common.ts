// What `process` has at any date.

import * as host from 'node-internal:host';

export const platform = 'linux';

const features = {};
const FEATURES: Record<string, boolean> = {
  cached_builtins: true,
  debug: false,
  inspector: false,
  ipv6: true,
  openssl_is_boringssl: true,
  require_module: false,
  tls: true,
  tls_alpn: true,
  tls_ocsp: true,
  tls_sni: true,
  typescript: false,
  uv: true,
};
for (const name of Object.keys(FEATURES)) Object.defineProperty(features, name, { value: FEATURES[name], enumerable: true });
export { features };

export function nextTick(callback: Function, ...args: unknown[]): void {
  queueMicrotask(() => callback(...args));
}

export function getBuiltinModule(id: string): any {
  return host.builtin(id);
}

/** Ends the event with a code, which is that of `process` unless one is given. */
export function exitWith(code: unknown): void {
  let number = 0;
  if (typeof code === 'number') number = code;
  else if (typeof code === 'string' && /^[0-9]+$/.test(code)) number = +code;
  host.exit(number);
}
