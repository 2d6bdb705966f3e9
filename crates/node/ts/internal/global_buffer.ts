// The global `Buffer`.

export { Buffer } from 'node-internal:internal_buffer';
