// node:_stream_wrap

export { JSStreamSocket as default } from 'node-internal:tls_stream';
