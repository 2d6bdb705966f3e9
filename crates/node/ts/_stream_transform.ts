// node:_stream_transform

export { Transform, Transform as default } from 'node-internal:streams_base';
