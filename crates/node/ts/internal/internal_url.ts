// What `node:url` exports.

import { coded, invalidArgType, invalidArgValue } from 'node-internal:internal_errors';
import { posix, win32 } from 'node-internal:internal_path';
import { Url, formatLegacy, parse, resolve, resolveObject } from 'node-internal:legacy_url';
import { domainToASCII, domainToUnicode, unicodeLabel } from 'node-internal:url_domain';
import { validateObject, validateString } from 'node-internal:validators';

const { URL, URLSearchParams } = globalThis;

/** Whether a value is a URL of the standard and none of the legacy ones. */
export function isURL(value: any): value is URL {
  return Boolean(value?.href && value.protocol && value.auth === undefined && value.path === undefined);
}

function wrongPath(text: string): TypeError {
  return coded(TypeError, 'ERR_INVALID_FILE_URL_PATH', `File URL path ${text}`);
}

function posixPath(url: URL): string {
  if (url.hostname !== '') {
    throw coded(TypeError, 'ERR_INVALID_FILE_URL_HOST', 'File URL host must be "localhost" or empty on linux');
  }
  if (/%2f/i.test(url.pathname)) throw wrongPath('must not include encoded / characters');
  return decodeURIComponent(url.pathname);
}

function windowsPath(url: URL): string {
  if (/%2f|%5c/i.test(url.pathname)) throw wrongPath('must not include encoded \\ or / characters');
  const path = decodeURIComponent(url.pathname.replaceAll('/', '\\'));
  if (url.hostname !== '') return `\\\\${url.hostname.split('.').map(unicodeLabel).join('.')}${path}`;
  if (!/^\\[a-z]:/i.test(path)) throw wrongPath('must be absolute');
  return path.slice(1);
}

function fileURLToPath(path: any, options: any): string {
  if (typeof path === 'string') path = new URL(path);
  else if (!isURL(path)) throw invalidArgType('path', ['string', 'URL'], path);
  if (path.protocol !== 'file:') throw coded(Error, 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file');
  return options?.windows ? windowsPath(path) : posixPath(path);
}

const UNSAFE = /[%\\\n\r\t?#[\]^|~]/g;
const UNSAFE_ON_WINDOWS = /[%\n\r\t?#[\]^|~]/g;

function escapePath(path: string, windows: boolean): string {
  return path.replace(windows ? UNSAFE_ON_WINDOWS : UNSAFE, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

function pathToFileURL(filepath: any, options: any): URL {
  validateString(filepath, 'path');
  const windows = Boolean(options?.windows);
  if (windows && filepath.startsWith('\\\\')) {
    const extended = filepath.startsWith('\\\\?\\UNC\\');
    const start = extended ? 8 : 2;
    const end = filepath.indexOf('\\', start);
    if (end === -1) throw invalidArgValue('path', filepath, 'Missing UNC resource path');
    if (end === 2) throw invalidArgValue('path', filepath, 'Empty UNC servername');
    const url = new URL('file://');
    url.hostname = domainToASCII(filepath.slice(start, end));
    url.pathname = escapePath(filepath.slice(end).replaceAll('\\', '/'), true);
    return url;
  }
  let resolved: string = (windows ? win32 : posix).resolve(filepath);
  // Resolving drops what marks a directory.
  const last = filepath[filepath.length - 1];
  if ((last === '/' || (windows && last === '\\')) && !resolved.endsWith(windows ? '\\' : '/')) resolved += '/';
  const escaped = escapePath(windows ? resolved.replaceAll('\\', '/') : resolved, windows);
  return new URL(`file://${windows && !escaped.startsWith('/') ? '/' : ''}${escaped}`);
}

export function urlToHttpOptions(url: any): Record<string, unknown> {
  const { hostname, pathname, port, username, password, search } = url;
  const options: any = {
    __proto__: null,
    ...url,
    protocol: url.protocol,
    hostname: typeof hostname === 'string' && hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    hash: url.hash,
    search,
    pathname,
    path: `${pathname || ''}${search || ''}`,
    href: url.href,
  };
  if (port !== '') options.port = Number(port);
  if (username || password) options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return options;
}

function toPathIfFileURL(fileURLOrPath: any): any {
  return isURL(fileURLOrPath) ? fileURLToPath(fileURLOrPath) : fileURLOrPath;
}

function format(urlObject: any, options?: any): string {
  if (!(urlObject instanceof URL)) return formatLegacy(urlObject);
  let { fragment = true, unicode = false, search = true, auth = true } = {} as any;
  if (options !== undefined && options !== null) {
    validateObject(options, 'options');
    ({ fragment = true, unicode = false, search = true, auth = true } = options as any);
  }
  const url = new URL(urlObject.href);
  if (!fragment) url.hash = '';
  if (!search) url.search = '';
  if (!auth) {
    url.username = '';
    url.password = '';
  }
  if (!unicode) return url.href;
  return url.href.replace(url.host, () => url.host.split('.').map(unicodeLabel).join('.'));
}

const url = {
  domainToASCII,
  domainToUnicode,
  URL,
  URLSearchParams,
  fileURLToPath,
  pathToFileURL,
  toPathIfFileURL,
  urlToHttpOptions,
  format,
  parse,
  resolve,
  resolveObject,
  Url,
};
export default url;
