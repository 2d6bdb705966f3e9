// The legacy interface of `node:url`: addresses as parsed before there was a standard.

import { coded, invalidArgType } from 'node-internal:internal_errors';
import querystring from 'node-internal:internal_querystring';
import { toASCIIHost } from 'node-internal:url_domain';
import { validateString } from 'node-internal:validators';
import { resolveUrl } from 'node-internal:legacy_url_resolve';

const PROTOCOL = /^[a-z0-9.+-]+:/i;
const PORT = /:[0-9]*$/;
const SIMPLE_PATH = /^(\/\/?(?!\/)[^?\s]*)(\?[^\s]*)?$/;
const LONGEST_HOST = 255;
const ESCAPED = /[\t\n\r "'<>\\^`{|}]/g;
/** No host has one of these. */
const FORBIDDEN = /[\0\t\n\r #%/:<>?@[\\\]^|]/;
const FORBIDDEN_IN_IPV6 = /[\0\t\n\r #%/<>?@\\^|]/;
/** What ends the part of an address that a host can be in. */
const NO_HOST = ' "%\';<>\\^`{|}';

const HOSTLESS = new Set(['javascript', 'javascript:']);
export const SLASHED = new Set(
  'http https ftp gopher file ws wss'.split(' ').flatMap((name) => [name, `${name}:`])
);

export const Url: any = function Url(this: any) {
  this.protocol = null;
  this.slashes = null;
  this.auth = null;
  this.host = null;
  this.port = null;
  this.hostname = null;
  this.hash = null;
  this.search = null;
  this.query = null;
  this.pathname = null;
  this.path = null;
  this.href = null;
};

function invalidUrl(input: string): Error {
  return Object.assign(coded(Error, 'ERR_INVALID_URL', 'Invalid URL'), { input });
}

/** `text` without surrounding white space, its backslashes before the query turned round. */
function prepare(text: string): string {
  const trimmed = text.replace(/^[\0- \u00a0\ufeff]+|[\0- \u00a0\ufeff]+$/g, '');
  const query = trimmed.search(/[?#]/);
  if (query === -1) return trimmed.replaceAll('\\', '/');
  return trimmed.slice(0, query).replaceAll('\\', '/') + trimmed.slice(query);
}

Url.prototype.parse = function parse(url: any, parseQueryString: any, slashesDenoteHost: any): any {
  validateString(url, 'url');
  let rest = prepare(url);
  if (!slashesDenoteHost && !rest.includes('#') && !rest.includes('@')) {
    const simple = SIMPLE_PATH.exec(rest);
    if (simple) return parseSimple(this, rest, simple, parseQueryString);
  }
  const protocol = PROTOCOL.exec(rest)?.[0];
  const lower = protocol?.toLowerCase();
  if (protocol !== undefined) {
    this.protocol = lower;
    rest = rest.slice(protocol.length);
  }
  let slashes = false;
  if (slashesDenoteHost || protocol !== undefined || /^\/\/[^@/]+@[^@/]+/.test(rest)) {
    slashes = rest.startsWith('//');
    if (slashes && !(lower !== undefined && HOSTLESS.has(lower))) {
      rest = rest.slice(2);
      this.slashes = true;
    }
  }
  if (!(lower !== undefined && HOSTLESS.has(lower)) && (slashes || (protocol !== undefined && !SLASHED.has(protocol)))) {
    rest = takeHost(this, rest, url);
  }
  if (lower === undefined || !HOSTLESS.has(lower)) {
    rest = rest.replace(ESCAPED, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
  }
  takePath(this, rest, parseQueryString);
  if (lower !== undefined && SLASHED.has(lower) && this.hostname && !this.pathname) this.pathname = '/';
  if (this.pathname || this.search) this.path = (this.pathname || '') + (this.search || '');
  this.href = this.format();
  return this;
};

function parseSimple(target: any, rest: string, simple: RegExpExecArray, parseQueryString: any): any {
  target.path = rest;
  target.href = rest;
  target.pathname = simple[1];
  if (simple[2]) {
    target.search = simple[2];
    target.query = parseQueryString ? querystring.parse(simple[2].slice(1)) : simple[2].slice(1);
  } else if (parseQueryString) {
    target.search = null;
    target.query = Object.create(null);
  }
  return target;
}

/** Takes credentials, host and port off the start of `rest`. */
function takeHost(target: any, rest: string, url: string): string {
  let end = -1;
  let at = -1;
  let stop = -1;
  for (let i = 0; i < rest.length && end === -1; i++) {
    const char = rest[i]!;
    if (char === '\t' || char === '\n' || char === '\r') {
      rest = rest.slice(0, i) + rest.slice(i + 1);
      i--;
    } else if (char === '#' || char === '/' || char === '?') {
      if (stop === -1) stop = i;
      end = i;
    } else if (char === '@') {
      at = i;
      stop = -1;
    } else if (NO_HOST.includes(char) && stop === -1) {
      stop = i;
    }
  }
  let start = 0;
  if (at !== -1) {
    target.auth = decodeURIComponent(rest.slice(0, at));
    start = at + 1;
  }
  target.host = stop === -1 ? rest.slice(start) : rest.slice(start, stop);
  rest = stop === -1 ? '' : rest.slice(stop);
  target.parseHost();
  if (typeof target.hostname !== 'string') target.hostname = '';
  const isIpv6 = target.hostname.startsWith('[') && target.hostname.endsWith(']');
  if (!isIpv6) rest = splitHost(target, rest);
  if (target.hostname.length > LONGEST_HOST) target.hostname = '';
  else target.hostname = target.hostname.toLowerCase();
  if (target.hostname !== '') {
    if (isIpv6) {
      if (FORBIDDEN_IN_IPV6.test(target.hostname)) throw invalidUrl(url);
    } else {
      target.hostname = toASCIIHost(target.hostname);
      if (target.hostname === '' || FORBIDDEN.test(target.hostname)) throw invalidUrl(url);
    }
  }
  target.host = target.hostname + (target.port ? `:${target.port}` : '');
  if (isIpv6) {
    target.hostname = target.hostname.slice(1, -1);
    if (rest[0] !== '/') rest = `/${rest}`;
  }
  return rest;
}

/** Ends a host name at the first character that it cannot have. */
function splitHost(target: any, rest: string): string {
  const { hostname } = target;
  for (let i = 0; i < hostname.length; i++) {
    const char = hostname[i];
    if (!'/\\#?:'.includes(char)) continue;
    target.hostname = hostname.slice(0, i);
    return `/${hostname.slice(i)}${rest}`;
  }
  return rest;
}

/** Takes fragment, query and path. */
function takePath(target: any, rest: string, parseQueryString: any): void {
  const hash = rest.indexOf('#');
  if (hash !== -1) target.hash = rest.slice(hash);
  const before = hash === -1 ? rest : rest.slice(0, hash);
  const question = before.indexOf('?');
  if (question !== -1) {
    target.search = before.slice(question);
    target.query = before.slice(question + 1);
    if (parseQueryString) target.query = querystring.parse(target.query);
  } else if (parseQueryString) {
    target.search = null;
    target.query = Object.create(null);
  }
  const path = question === -1 ? before : before.slice(0, question);
  if (path !== '') target.pathname = path;
}

Url.prototype.parseHost = function parseHost(): void {
  let host: string = this.host;
  const port = PORT.exec(host)?.[0];
  if (port !== undefined) {
    if (port !== ':') this.port = port.slice(1);
    host = host.slice(0, host.length - port.length);
  }
  if (host) this.hostname = host;
};

function encodeAuth(auth: string): string {
  return encodeURIComponent(auth).replace(/%3A/i, ':');
}

Url.prototype.format = function format(): string {
  const auth = this.auth ? `${encodeAuth(this.auth)}@` : '';
  let protocol: string = this.protocol || '';
  let pathname: string = this.pathname || '';
  let hash: string = this.hash || '';
  let host = '';
  if (this.host) {
    host = auth + this.host;
  } else if (this.hostname) {
    const isIpv6 = this.hostname.includes(':') && !(this.hostname[0] === '[' && this.hostname.endsWith(']'));
    host = auth + (isIpv6 ? `[${this.hostname}]` : this.hostname);
    if (this.port) host += `:${this.port}`;
  }
  let query = '';
  if (this.query !== null && typeof this.query === 'object') query = querystring.stringify(this.query);
  let search: string = this.search || (query && `?${query}`) || '';
  if (protocol && !protocol.endsWith(':')) protocol += ':';
  pathname = pathname.replace(/[#?]/g, (char) => (char === '#' ? '%23' : '%3F'));
  if (this.slashes || SLASHED.has(protocol)) {
    if (this.slashes || host) {
      if (pathname && pathname[0] !== '/') pathname = `/${pathname}`;
      host = `//${host}`;
    } else if (protocol.startsWith('file')) {
      host = '//';
    }
  }
  search = search.replaceAll('#', '%23');
  if (hash && hash[0] !== '#') hash = `#${hash}`;
  if (search && search[0] !== '?') search = `?${search}`;
  return protocol + host + pathname + search + hash;
};

export function parse(url: any, parseQueryString?: any, slashesDenoteHost?: any): any {
  if (url instanceof Url) return url;
  const parsed = new Url();
  parsed.parse(url, parseQueryString, slashesDenoteHost);
  return parsed;
}

Url.prototype.resolve = function resolve(relative: any): string {
  return this.resolveObject(parse(relative, false, true)).format();
};

Url.prototype.resolveObject = function resolveObject(relative: any): any {
  if (typeof relative === 'string') relative = parse(relative, false, true);
  return resolveUrl(this, relative, new Url(), SLASHED);
};

export function resolve(source: any, relative: any): string {
  return parse(source, false, true).resolve(relative);
}

export function resolveObject(source: any, relative: any): any {
  return source ? parse(source, false, true).resolveObject(relative) : relative;
}

/** The text of an address that is no `URL`. */
export function formatLegacy(urlObject: any): string {
  if (typeof urlObject === 'string') urlObject = parse(urlObject);
  else if (typeof urlObject !== 'object' || urlObject === null) {
    throw invalidArgType('urlObject', ['Object', 'string'], urlObject);
  }
  return Url.prototype.format.call(urlObject);
}
