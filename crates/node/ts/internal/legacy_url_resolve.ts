// One legacy address seen from another.

const PARTS = ['protocol', 'slashes', 'auth', 'host', 'port', 'hostname', 'hash', 'search', 'query', 'pathname', 'path', 'href'];

/** `result` becomes `relative` as a link in `base` means it. */
export function resolveUrl(base: any, relative: any, result: any, slashed: Set<string>): any {
  for (const part of PARTS) result[part] = base[part];
  result.hash = relative.hash;
  if (relative.href === '') return finish(result);
  if (relative.slashes && !relative.protocol) {
    for (const part of PARTS) if (part !== 'protocol') result[part] = relative[part];
    if (slashed.has(result.protocol) && result.hostname && !result.pathname) {
      result.pathname = '/';
      result.path = '/';
    }
    return finish(result);
  }
  if (relative.protocol && relative.protocol !== result.protocol) return otherProtocol(result, relative, slashed);
  return sameProtocol(result, relative, slashed);
}

function finish(result: any): any {
  result.href = result.format();
  return result;
}

function finishPath(result: any): any {
  if (result.pathname !== null || result.search !== null) {
    result.path = (result.pathname ? result.pathname : '') + (result.search ? result.search : '');
  }
  return finish(result);
}

function otherProtocol(result: any, relative: any, slashed: Set<string>): any {
  if (!slashed.has(relative.protocol)) {
    for (const part of PARTS) result[part] = relative[part];
    return finish(result);
  }
  result.protocol = relative.protocol;
  if (!relative.host && !/^file:?$/.test(relative.protocol)) {
    // The first part of the path that is something is the host.
    const parts: string[] = (relative.pathname || '').split('/');
    while (parts.length > 0 && !(relative.host = parts.shift()!));
    relative.host ||= '';
    relative.hostname ||= '';
    if (parts[0] !== '') parts.unshift('');
    if (parts.length < 2) parts.unshift('');
    result.pathname = parts.join('/');
  } else {
    result.pathname = relative.pathname;
  }
  result.search = relative.search;
  result.query = relative.query;
  result.host = relative.host || '';
  result.auth = relative.auth;
  result.hostname = relative.hostname || relative.host;
  result.port = relative.port;
  if (result.pathname || result.search) result.path = (result.pathname || '') + (result.search || '');
  result.slashes ||= relative.slashes;
  return finish(result);
}

/** Splits credentials off a host that was the first part of a path. */
function splitAuth(result: any): void {
  if (!(result.host && result.host.indexOf('@') > 0)) return;
  const [auth, host] = result.host.split('@');
  result.auth = auth;
  result.host = host;
  result.hostname = host;
}

function sameProtocol(result: any, relative: any, slashed: Set<string>): any {
  const sourceIsAbsolute = Boolean(result.pathname && result.pathname[0] === '/');
  const relativeIsAbsolute = Boolean(relative.host || (relative.pathname && relative.pathname[0] === '/'));
  let absolute: any = relativeIsAbsolute || sourceIsAbsolute || (result.host && relative.pathname);
  const dropDots = absolute;
  let parts: string[] = (result.pathname && result.pathname.split('/')) || [];
  const added: string[] = (relative.pathname && relative.pathname.split('/')) || [];
  const opaque = result.protocol && !slashed.has(result.protocol);
  if (opaque) {
    // Without slashes the host is the first part of the path.
    result.hostname = '';
    result.port = null;
    if (result.host) {
      if (parts[0] === '') parts[0] = result.host;
      else parts.unshift(result.host);
    }
    result.host = '';
    if (relative.protocol) {
      relative.hostname = null;
      relative.port = null;
      result.auth = null;
      if (relative.host) {
        if (added[0] === '') added[0] = relative.host;
        else added.unshift(relative.host);
      }
      relative.host = null;
    }
    absolute = absolute && (added[0] === '' || parts[0] === '');
  }
  if (relativeIsAbsolute) {
    takeAuthority(result, relative);
    parts = added;
  } else if (added.length > 0) {
    parts.pop();
    parts = parts.concat(added);
    result.search = relative.search;
    result.query = relative.query;
  } else if (relative.search !== null && relative.search !== undefined) {
    if (opaque) {
      result.hostname = result.host = parts.shift();
      splitAuth(result);
    }
    result.search = relative.search;
    result.query = relative.query;
    return finishPath(result);
  }
  if (parts.length === 0) {
    result.pathname = null;
    result.path = result.search ? `/${result.search}` : null;
    return finish(result);
  }
  return joinParts(result, relative, parts, absolute, dropDots, opaque);
}

function takeAuthority(result: any, relative: any): void {
  if (relative.host || relative.host === '') {
    if (result.host !== relative.host) result.auth = null;
    result.host = relative.host;
    result.port = relative.port;
  }
  if (relative.hostname || relative.hostname === '') {
    if (result.hostname !== relative.hostname) result.auth = null;
    result.hostname = relative.hostname;
  }
  result.search = relative.search;
  result.query = relative.query;
}

function joinParts(result: any, relative: any, parts: string[], absolute: any, dropDots: any, opaque: any): any {
  const last = parts[parts.length - 1];
  const trailing =
    ((result.host || relative.host || parts.length > 1) && (last === '.' || last === '..')) || last === '';
  let up = 0;
  for (let i = parts.length - 1; i >= 0; i--) {
    if (parts[i] === '.') {
      parts.splice(i, 1);
    } else if (parts[i] === '..') {
      parts.splice(i, 1);
      up++;
    } else if (up > 0) {
      parts.splice(i, 1);
      up--;
    }
  }
  if (!absolute && !dropDots) for (; up > 0; up--) parts.unshift('..');
  if (absolute && parts[0] !== '' && (!parts[0] || parts[0][0] !== '/')) parts.unshift('');
  if (trailing && !parts.join('/').endsWith('/')) parts.push('');
  const rooted = parts[0] === '' || (parts[0] && parts[0][0] === '/');
  if (opaque) {
    result.hostname = rooted ? '' : parts.length > 0 ? parts.shift() : '';
    result.host = result.hostname;
    splitAuth(result);
  }
  absolute = absolute || (result.host && parts.length > 0);
  if (absolute && !rooted) parts.unshift('');
  if (parts.length === 0) {
    result.pathname = null;
    result.path = null;
  } else {
    result.pathname = parts.join('/');
  }
  if (result.pathname !== null || result.search !== null) {
    result.path = (result.pathname ? result.pathname : '') + (result.search ? result.search : '');
  }
  result.auth = relative.auth || result.auth;
  result.slashes = result.slashes || relative.slashes;
  return finish(result);
}
