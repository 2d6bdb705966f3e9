// node:_stream_duplex

import { Duplex } from 'node-internal:streams_base';

export const { from, fromWeb, toWeb } = Duplex;
export { Duplex, Duplex as default };
