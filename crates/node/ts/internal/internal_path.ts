// `node:path`: paths of POSIX and of Windows, one implementation each.

import { matchesGlob as globMatches } from 'node-internal:glob';
import { validateObject, validateString } from 'node-internal:validators';

interface Parsed {
  root: string;
  dir: string;
  base: string;
  ext: string;
  name: string;
}

/** The parts of `path` without `.` and, where something precedes it, `..`. */
function normalizeParts(path: string, isSeparator: (char: string) => boolean, above: boolean): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i <= path.length; i++) {
    if (i < path.length && !isSeparator(path[i]!)) continue;
    const part = path.slice(start, i);
    start = i + 1;
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts[parts.length - 1] !== '..') parts.pop();
    else if (above) parts.push('..');
  }
  return parts;
}

/** Where the file name of `path` starts and ends, separators at its end left out. */
function baseSpan(path: string, from: number, isSeparator: (char: string) => boolean): [number, number] {
  let end = path.length;
  while (end > from && isSeparator(path[end - 1]!)) end--;
  let start = end;
  while (start > from && !isSeparator(path[start - 1]!)) start--;
  return [start, end];
}

function extensionOf(base: string): string {
  const dot = base.lastIndexOf('.');
  if (dot <= 0 || base === '..') return '';
  return base.slice(dot);
}

function withoutSuffix(base: string, suffix: string | undefined): string {
  if (suffix === undefined || suffix.length === 0 || base.length <= suffix.length) return base;
  return base.endsWith(suffix) ? base.slice(0, base.length - suffix.length) : base;
}

function _format(separator: string, pathObject: any): string {
  validateObject(pathObject, 'pathObject');
  const { dir, root, ext } = pathObject as any;
  const directory = dir || root;
  const extension = ext ? (ext[0] === '.' ? ext : `.${ext}`) : '';
  const base = (pathObject as any).base || `${(pathObject as any).name || ''}${extension}`;
  if (!directory) return base;
  return directory === root ? `${directory}${base}` : `${directory}${separator}${base}`;
}

/** What relative paths are relative to, whatever the working directory. */
const ROOT = '/';

const slash = (char: string): boolean => char === '/';
const anySlash = (char: string): boolean => char === '/' || char === '\\';

export const posix: any = {
  resolve(...pathSegments: string[]): string {
    let resolved = '';
    for (let i = pathSegments.length - 1; i >= 0 && !resolved.startsWith('/'); i--) {
      const path = pathSegments[i]!;
      validateString(path, `paths[${i}]`);
      if (path.length > 0) resolved = `${path}/${resolved}`;
    }
    if (!resolved.startsWith('/')) resolved = `${ROOT}${resolved}`;
    return `/${normalizeParts(resolved, slash, false).join('/')}`;
  },
  normalize(path: string): string {
    validateString(path, 'path');
    if (path.length === 0) return '.';
    const rooted = path[0] === '/';
    let result = normalizeParts(path, slash, !rooted).join('/');
    if (result === '') {
      if (rooted) return '/';
      return path.endsWith('/') ? './' : '.';
    }
    if (path.endsWith('/')) result += '/';
    return rooted ? `/${result}` : result;
  },
  isAbsolute(path: string): boolean {
    validateString(path, 'path');
    return path[0] === '/';
  },
  join(...pathSegments: string[]): string {
    const parts: string[] = [];
    for (const segment of pathSegments) {
      validateString(segment, 'path');
      if (segment.length > 0) parts.push(segment);
    }
    return parts.length === 0 ? '.' : posix.normalize(parts.join('/'));
  },
  relative(from: string, to: string): string {
    validateString(from, 'from');
    validateString(to, 'to');
    if (from === to) return '';
    from = posix.resolve(from);
    to = posix.resolve(to);
    if (from === to) return '';
    const source = normalizeParts(from, slash, false);
    const target = normalizeParts(to, slash, false);
    let same = 0;
    while (same < source.length && same < target.length && source[same] === target[same]) same++;
    return [...source.slice(same).map(() => '..'), ...target.slice(same)].join('/');
  },
  toNamespacedPath(path: string): string {
    return path;
  },
  dirname(path: string): string {
    validateString(path, 'path');
    if (path.length === 0) return '.';
    const [start] = baseSpan(path, 0, slash);
    if (start === 0) return path[0] === '/' ? '/' : '.';
    if (start === 1) return '/';
    return start === 2 && path[0] === '/' ? '//' : path.slice(0, start - 1);
  },
  basename(path: string, suffix?: string): string {
    if (suffix !== undefined) validateString(suffix, 'suffix');
    validateString(path, 'path');
    const [start, end] = baseSpan(path, 0, slash);
    return basenameWith(path, path.slice(start, end), suffix);
  },
  extname(path: string): string {
    validateString(path, 'path');
    const [start, end] = baseSpan(path, 0, slash);
    return extensionOf(path.slice(start, end));
  },
  format: _format.bind(null, '/'),
  parse(path: string): Parsed {
    validateString(path, 'path');
    const root = path[0] === '/' ? '/' : '';
    const [start, end] = baseSpan(path, root.length, slash);
    const base = path.slice(start, end);
    const ext = extensionOf(base);
    let dir = start > root.length ? path.slice(0, start - 1) : root;
    if (base === '') dir = root;
    return { root, dir, base, ext, name: base.slice(0, base.length - ext.length) };
  },
  matchesGlob(path: string, pattern: string): boolean {
    return globMatches(path, pattern, false);
  },
  sep: '/',
  delimiter: ':',
};

/** The file name without its suffix; one that is all suffix stays, unless it is the whole path. */
function basenameWith(path: string, base: string, suffix: string | undefined): string {
  if (suffix !== undefined && suffix === path) return '';
  return withoutSuffix(base, suffix);
}

function isLetter(char: string | undefined): boolean {
  return char !== undefined && ((char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z'));
}

interface WindowsRoot {
  /** `C:` or `\\server\share`, as written. */
  device: string;
  /** How much of the path is root. */
  length: number;
  absolute: boolean;
}

/** The root of a path of Windows. */
function windowsRoot(path: string): WindowsRoot {
  if (anySlash(path[0] ?? '')) {
    if (anySlash(path[1] ?? '')) {
      let end = 2;
      while (end < path.length && !anySlash(path[end]!)) end++;
      const server = path.slice(2, end);
      let share = end;
      while (share < path.length && anySlash(path[share]!)) share++;
      let last = share;
      while (last < path.length && !anySlash(path[last]!)) last++;
      if (server !== '' && share > end && last > share) {
        if (server === '.' || server === '?') return { device: `\\\\${server}`, length: share, absolute: true };
        return { device: `\\\\${server}\\${path.slice(share, last)}`, length: last, absolute: true };
      }
    }
    return { device: '', length: 1, absolute: true };
  }
  if (isLetter(path[0]) && path[1] === ':') {
    const absolutePath = anySlash(path[2] ?? '');
    return { device: path.slice(0, 2), length: absolutePath ? 3 : 2, absolute: absolutePath };
  }
  return { device: '', length: 0, absolute: false };
}

/** How much of a path is its root as written, for `dirname` and `parse`. */
function windowsRootLength(path: string): number {
  const root = windowsRoot(path);
  // The separator after a share belongs to the root.
  if (root.device.startsWith('\\\\') && anySlash(path[root.length] ?? '')) return root.length + 1;
  return root.length;
}

const RESERVED = /^(?:con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³])$/i;

export const win32: any = {
  resolve(...pathSegments: string[]): string {
    let device = '';
    let tail = '';
    let isAbsolute = false;
    for (let i = pathSegments.length - 1; i >= -1; i--) {
      let path: string;
      if (i >= 0) {
        path = pathSegments[i]!;
        validateString(path, `paths[${i}]`);
        if (path.length === 0) continue;
      } else {
        path = ROOT;
        if (device !== '') path = `${device}\\`;
      }
      const root = windowsRoot(path);
      if (root.device !== '') {
        if (device === '') device = root.device;
        else if (root.device.toLowerCase() !== device.toLowerCase()) continue;
      }
      if (isAbsolute) {
        if (device !== '') break;
      } else {
        tail = `${path.slice(root.length)}\\${tail}`;
        isAbsolute = root.absolute;
        if (isAbsolute && device !== '') break;
      }
    }
    const rest = normalizeParts(tail, anySlash, !isAbsolute).join('\\');
    return isAbsolute ? `${device}\\${rest}` : `${device}${rest}` || '.';
  },
  normalize(path: string): string {
    validateString(path, 'path');
    if (path.length === 0) return '.';
    if (path.length === 1) return anySlash(path) ? '\\' : path;
    const root = windowsRoot(path);
    if (root.device.startsWith('\\\\') && root.length === path.length) return `${root.device}\\`;
    let tail = normalizeParts(path.slice(root.length), anySlash, !root.absolute).join('\\');
    if (tail === '' && !root.absolute) tail = '.';
    if (tail !== '' && anySlash(path[path.length - 1]!)) tail += '\\';
    // What was no drive must not become one.
    if (!root.absolute && root.device === '' && path.includes(':')) {
      if (isLetter(tail[0]) && tail[1] === ':') return `.\\${tail}`;
      let colon = path.indexOf(':');
      do {
        if (colon === path.length - 1 || anySlash(path[colon + 1]!)) return `.\\${tail}`;
      } while ((colon = path.indexOf(':', colon + 1)) !== -1);
    }
    const colon = path.indexOf(':');
    if (root.device === '' && colon > 0 && RESERVED.test(path.slice(0, colon))) return `.\\${tail}`;
    if (root.device === '') return root.absolute ? `\\${tail}` : tail;
    return root.absolute ? `${root.device}\\${tail}` : `${root.device}${tail}`;
  },
  isAbsolute(path: string): boolean {
    validateString(path, 'path');
    return anySlash(path[0] ?? '') || (isLetter(path[0]) && path[1] === ':' && anySlash(path[2] ?? ''));
  },
  join(...pathSegments: string[]): string {
    const parts: string[] = [];
    for (const segment of pathSegments) {
      validateString(segment, 'path');
      if (segment.length > 0) parts.push(segment);
    }
    if (parts.length === 0) return '.';
    let joined = parts.join('\\');
    // Only a first part that has two slashes of its own starts a share.
    const first = parts[0]!;
    const isShare = anySlash(first[0]!) && first.length > 1 && anySlash(first[1]!) && (first.length === 2 || !anySlash(first[2]!));
    if (!(isShare && first.length > 2)) {
      let count = 0;
      while (count < joined.length && anySlash(joined[count]!)) count++;
      if (count >= 2) joined = `\\${joined.slice(count)}`;
    }
    return win32.normalize(joined);
  },
  relative(from: string, to: string): string {
    validateString(from, 'from');
    validateString(to, 'to');
    if (from === to) return '';
    const source = win32.resolve(from);
    const target = win32.resolve(to);
    if (source === target || source.toLowerCase() === target.toLowerCase()) return '';
    const a = source.split('\\').filter((part: string) => part !== '');
    const b = target.split('\\').filter((part: string) => part !== '');
    let same = 0;
    while (same < a.length && same < b.length && a[same].toLowerCase() === b[same].toLowerCase()) same++;
    if (same === 0 && (windowsRoot(source).device !== '' || windowsRoot(target).device !== '')) return target;
    const sharesRoot = !source.startsWith('\\\\') || same >= 2;
    if (!sharesRoot) return target;
    return [...a.slice(same).map(() => '..'), ...b.slice(same)].join('\\');
  },
  toNamespacedPath(path: string): string {
    if (typeof path !== 'string' || path.length === 0) return path;
    const resolved = win32.resolve(path);
    if (resolved.length <= 2) return path;
    if (resolved[0] === '\\') {
      if (resolved[1] === '\\' && resolved[2] !== '?' && resolved[2] !== '.') return `\\\\?\\UNC\\${resolved.slice(2)}`;
    } else if (isLetter(resolved[0]) && resolved[1] === ':' && resolved[2] === '\\') {
      return `\\\\?\\${resolved}`;
    }
    return resolved;
  },
  dirname(path: string): string {
    validateString(path, 'path');
    if (path.length === 0) return '.';
    const root = windowsRootLength(path);
    const [start] = baseSpan(path, root, anySlash);
    if (start <= root) return root === 0 ? '.' : path.slice(0, root);
    return start - 1 <= root ? path.slice(0, root) || '.' : path.slice(0, start - 1);
  },
  basename(path: string, suffix?: string): string {
    if (suffix !== undefined) validateString(suffix, 'suffix');
    validateString(path, 'path');
    const from = isLetter(path[0]) && path[1] === ':' ? 2 : 0;
    const [start, end] = baseSpan(path, from, anySlash);
    return basenameWith(path, path.slice(start, end), suffix);
  },
  extname(path: string): string {
    return extensionOf(win32.basename(path));
  },
  format(pathObject: Partial<Parsed>): string {
    return _format('\\', pathObject);
  },
  parse(path: string): Parsed {
    validateString(path, 'path');
    const length = windowsRootLength(path);
    const root = path.slice(0, length);
    const [start, end] = baseSpan(path, length, anySlash);
    const base = path.slice(start, end);
    const ext = extensionOf(base);
    const dir = start > length ? path.slice(0, start - 1) : root;
    return { root, dir: base === '' ? root : dir, base, ext, name: base.slice(0, base.length - ext.length) };
  },
  matchesGlob(path: string, pattern: string): boolean {
    return globMatches(path, pattern, true);
  },
  sep: '\\',
  delimiter: ';',
};

for (const flavor of [posix, win32]) {
  flavor.win32 = win32;
  flavor.posix = posix;
}
