// node:_http_common

import { _checkInvalidHeaderChar, _checkIsHttpToken, chunkExpression, kIncomingMessage } from 'node-internal:http_common';
import { METHODS } from 'node-internal:http_constants';

export const CRLF = '\r\n';
export const continueExpression = /(?:^|\W)100-continue(?:$|\W)/i;
export const methods = METHODS;
/** By name alone: the platform parses. */
export const parsers = { name: 'parsers', max: 1000 };

export { _checkInvalidHeaderChar, _checkIsHttpToken, chunkExpression, kIncomingMessage };
export default {
  _checkIsHttpToken,
  _checkInvalidHeaderChar,
  chunkExpression,
  CRLF,
  continueExpression,
  methods,
  parsers,
  kIncomingMessage,
};
