// The data of DNS records as Node.js gives it, from the text that the resolver answers with.
//
// Records that the resolver has no form for come as hexadecimal octets (RFC 3597 §5); both forms are read where both
// are seen. Text is that of zone files (RFC 1035 §5.1).

import { validateString } from 'node-internal:validators';

const GENERIC = '\\#';

/** A name without the final dot. */
export function name(data: string): string {
  return data.endsWith('.') ? data.slice(0, -1) : data;
}

/** `undefined` if the data has not both fields. */
export function mx(data: string): object | undefined {
  const [priority, exchange] = data.split(' ');
  if (priority === undefined || exchange === undefined) return undefined;
  return { exchange: name(exchange), priority: Number.parseInt(priority, 10) };
}

export function soa(data: string): object {
  const fields = data.split(' ');
  const names = ['nsname', 'hostmaster', 'serial', 'refresh', 'retry', 'expire', 'minttl'];
  const record: Record<string, unknown> = {};
  for (const [i, key] of names.entries()) {
    const field = fields[i];
    validateString(field, key);
    record[key] = i < 2 ? field : Number.parseInt(field, 10);
  }
  return record;
}

export function srv(data: string): object {
  const [priority, weight, port, target] = data.split(' ');
  validateString(priority, 'priority');
  validateString(weight, 'weight');
  validateString(port, 'port');
  validateString(target, 'name');
  return {
    priority: Number.parseInt(priority, 10),
    weight: Number.parseInt(weight, 10),
    port: Number.parseInt(port, 10),
    name: target,
  };
}

/** The strings of a record, which are quoted unless there is but one. */
export function txt(data: string): string[] {
  if (!data.startsWith('"') || !data.endsWith('"')) return [data];
  const strings: string[] = [];
  let start = 0;
  while (start < data.length) {
    const open = data.indexOf('"', start);
    if (open === -1) break;
    // Within a string, a quote does not end it unless another follows or it is the last.
    let close = data.indexOf('"', open + 1);
    if (close === -1) break;
    const next = data.indexOf('""', close);
    if (data[close + 1] !== '"' && close !== data.length - 1) close = next === -1 ? data.length - 1 : next;
    strings.push(data.slice(open + 1, close));
    start = close + 1;
  }
  return strings;
}

export function caa(data: string): object {
  const parts = data.split(/[\t\n\f\r ]+/).filter(Boolean);
  let critical: number;
  let tag: string;
  let value: string;
  if (parts[0] === GENERIC) {
    if (parts.length < 3) throw new Error('CAA record too short: expected at least 3 fields');
    const octets = parts.slice(2);
    if (octets.length < 2) {
      throw new Error('CAA record data too short: expected critical and prefix length fields');
    }
    critical = integer(octets[0]!, 16, 0xff);
    const length = integer(octets[1]!, 16);
    if (octets.length < 2 + length) throw new Error(`CAA record data too short for prefix_length ${length}`);
    tag = text(octets.slice(2, 2 + length));
    value = text(octets.slice(2 + length));
    checkTag(tag);
  } else {
    const fields = fieldsOf(data);
    if (fields.length !== 3) throw new Error(`CAA record expected 3 fields, got ${fields.length}`);
    [, tag, value] = fields as [string, string, string];
    checkTag(tag);
    critical = integer(fields[0]!, 10, 0xff);
  }
  return { critical, [tag]: value };
}

function checkTag(tag: string): void {
  if (!['issue', 'issuewild', 'iodef'].includes(tag)) throw new Error(`Received unknown field '${tag}'`);
}

export function naptr(data: string): object {
  const parts = data.split(/[\t\n\f\r ]+/).filter(Boolean);
  if (parts[0] !== GENERIC) {
    const fields = fieldsOf(data);
    if (fields.length !== 6) throw new Error(`NAPTR record expected 6 fields, got ${fields.length}`);
    const [order, preference, flags, service, regexp, replacement] = fields as [string, string, string, string, string, string];
    return {
      flags,
      service,
      regexp,
      replacement: name(replacement),
      order: integer(order, 10),
      preference: integer(preference, 10),
    };
  }
  if (parts.length < 2) throw new Error('NAPTR record too short');
  // The length comes first, and is not needed.
  const octets = parts.slice(1);
  if (octets.length < 6) throw new Error('NAPTR record data too short: expected at least 6 fields');
  const order = integer(octets.slice(1, 3).join(''), 16);
  const preference = integer(octets.slice(3, 5).join(''), 16);
  let at = 5;
  const string = (field: string, more: number): string => {
    const length = integer(octets[at]!, 16);
    at += 1;
    if (octets.length < at + length + more) throw new Error(`NAPTR record too short for ${field} field`);
    at += length;
    return text(octets.slice(at - length, at));
  };
  const flags = string('flags', 1);
  const service = string('service', 1);
  const regexp = string('regexp', 0);
  return { flags, service, regexp, replacement: labels(octets.slice(at)), order, preference };
}

/** A name of labels, each after its length (RFC 1035 §3.1). */
function labels(octets: string[]): string {
  const found: string[] = [];
  for (let at = 0; at < octets.length; ) {
    const end = at + 1 + integer(octets[at]!, 16);
    if (end > octets.length) throw new Error('replacement data too short for declared frame length');
    if (end > at + 1) found.push(text(octets.slice(at + 1, end)));
    at = end;
  }
  return found.join('.');
}

function text(octets: string[]): string {
  return octets.map((octet) => String.fromCharCode(integer(octet, 16, 0xffff))).join('');
}

function integer(digits: string, radix: 10 | 16, most = 0xffffffff): number {
  if (digits === '') throw new RangeError('cannot parse integer from empty string');
  if (!(radix === 10 ? /^\+?\d+$/ : /^\+?[\da-f]+$/i).test(digits)) throw new RangeError('invalid digit found in string');
  const value = Number.parseInt(digits, radix);
  if (value > most) throw new RangeError('number too large to fit in target type');
  return value;
}

const UNTERMINATED = 'unterminated escape or quote in RDATA';

/** The fields of a record: words, and strings in quotes. */
function fieldsOf(data: string): string[] {
  const fields: string[] = [];
  const blank = (at: number): boolean => /[\t\n\f\r ]/.test(data[at]!);
  let at = 0;
  for (;;) {
    while (at < data.length && blank(at)) at += 1;
    if (at >= data.length) return fields;
    const quoted = data[at] === '"';
    if (quoted) at += 1;
    let field = '';
    for (; ; at += 1) {
      if (at >= data.length) {
        if (quoted) throw new Error(UNTERMINATED);
        break;
      }
      const char = data[at]!;
      if (quoted ? char === '"' : blank(at)) {
        at += 1;
        break;
      }
      if (char !== '\\') {
        field += char;
        continue;
      }
      const digits = data.slice(at + 1, at + 4);
      if (/^\d{3}$/.test(digits)) {
        field += String.fromCharCode(integer(digits, 10, 0xff));
        at += 3;
      } else {
        at += 1;
        if (at >= data.length) throw new Error(UNTERMINATED);
        field += data[at];
      }
    }
    fields.push(field);
  }
}
