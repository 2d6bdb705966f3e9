// node:querystring

import querystring from 'node-internal:internal_querystring';

export const { decode, encode, escape, parse, stringify, unescape, unescapeBuffer } = querystring;
export default querystring;
