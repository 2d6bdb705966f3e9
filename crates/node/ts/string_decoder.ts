// node:string_decoder

export { default, StringDecoder } from 'node-internal:internal_stringdecoder';
