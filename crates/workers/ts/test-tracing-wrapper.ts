// The wrapped binding `cloudflare-internal:test-tracing-wrapper`: spans as the built-in bindings open them, for tests.

import bindings from 'cloudflare-internal:bindings';

const { tracing } = bindings;

export default function makeBinding(): object {
  return {
    startActiveSpan: (name: string, callback: Function) => tracing.startActiveSpan(name, callback),
    withSpan: (name: string, callback: Function) => tracing.enterSpan(name, callback),
  };
}
