// node:fs/promises

import * as promises from 'node-internal:fs_promises';

export * from 'node-internal:fs_promises';
export default { ...promises };
