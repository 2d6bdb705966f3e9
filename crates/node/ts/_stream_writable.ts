// node:_stream_writable

import { Writable } from 'node-internal:streams_base';

export const { fromWeb, toWeb, WritableState } = Writable;
export { Writable, Writable as default };
