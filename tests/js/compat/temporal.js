import { strictEqual } from 'node:assert';

const enabled = Cloudflare.compatibilityFlags.temporal;

export default {
  test() {
    strictEqual('Temporal' in globalThis, enabled);
    strictEqual('toTemporalInstant' in Date.prototype, enabled);
    if (enabled) {
      strictEqual(Temporal.PlainDate.from('2026-11-21').add({ months: 1 }).toString(), '2026-12-21');
      strictEqual(new Date(0).toTemporalInstant().toString(), '1970-01-01T00:00:00Z');
    }
  },
};
