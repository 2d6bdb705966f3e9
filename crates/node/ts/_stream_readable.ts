// node:_stream_readable

import { Readable } from 'node-internal:streams';

export const { from, fromWeb, ReadableState, toWeb, wrap } = Readable;
export { Readable, Readable as default };
