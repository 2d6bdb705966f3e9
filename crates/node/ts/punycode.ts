// node:punycode

export { decode, default, encode, toASCII, toUnicode, ucs2, version } from 'node-internal:internal_punycode';
