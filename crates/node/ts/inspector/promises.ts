// node:inspector/promises.

import { Network, PromiseSession as Session, console } from 'node-internal:internal_inspector';
import { missing } from 'node-internal:unsupported';

export { Network, Session, console };
export const close = missing('close', 0, 'Inspector.close');
export const open = missing('open', 0, 'Inspector.open');
export const url = missing('url', 0, 'Inspector.url');
export const waitForDebugger = missing('waitForDebugger', 0, 'Inspector.waitForDebugger');

export default { close, console, Network, open, Session, url, waitForDebugger };
