// node:_stream_passthrough

export { PassThrough, PassThrough as default } from 'node-internal:streams_base';
