// node:_stream_readable

import { Readable } from 'node-internal:streams_base';
import { from, wrap } from 'node-internal:streams_iterate';

export const { fromWeb, ReadableState, toWeb } = Readable;
export { from, Readable, Readable as default, wrap };
