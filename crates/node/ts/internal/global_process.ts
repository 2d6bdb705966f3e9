// The global `process`, as rich as the flags say.

import * as host from 'node-internal:host';

export const process: any = host.load(
  host.flag('enable_nodejs_process_v2') ? 'node-internal:internal_process' : 'node-internal:process_legacy'
).default;
