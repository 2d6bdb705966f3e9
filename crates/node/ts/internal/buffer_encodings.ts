// Names of the encodings of Buffer, and the numbers under which the natives know them.

import { unknownEncoding } from 'node-internal:internal_errors';
import { stringToLowerCase } from 'node-internal:primordials';

export const ASCII = 0;
export const LATIN1 = 1;
export const UTF8 = 2;
export const UTF16LE = 3;
export const BASE64 = 4;
export const BASE64URL = 5;
export const HEX = 6;

const NAMES = ['ascii', 'latin1', 'utf8', 'utf16le', 'base64', 'base64url', 'hex'];

/** The number of an encoding; undefined for a name that is none. */
export function encodingNumber(name: unknown): number | undefined {
  if (name === 'utf8') return UTF8;
  if (typeof name !== 'string') return undefined;
  switch (stringToLowerCase(name)) {
    case 'utf8':
    case 'utf-8':
      return UTF8;
    case 'ascii':
      return ASCII;
    case 'latin1':
    case 'binary':
      return LATIN1;
    case 'utf16le':
    case 'utf-16le':
    case 'ucs2':
    case 'ucs-2':
      return UTF16LE;
    case 'base64':
      return BASE64;
    case 'base64url':
      return BASE64URL;
    case 'hex':
      return HEX;
    default:
      return undefined;
  }
}

/** The number of an encoding that a caller gave; UTF-8 where it gave none. */
export function requireEncoding(name: unknown): number {
  if (name === undefined || name === null || name === '') return UTF8;
  const number = encodingNumber(name);
  if (number === undefined) throw unknownEncoding(name);
  return number;
}

/** The usual name of an encoding; undefined for a name that is none. */
export function normalizeEncoding(name?: string | null): string | undefined {
  if (name === undefined || name === null || name === '') return 'utf8';
  const number = encodingNumber(name);
  return number === undefined ? undefined : NAMES[number];
}
