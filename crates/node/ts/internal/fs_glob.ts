// `fs.glob`: the files whose paths match a pattern. A pattern is a list of segments; each is `**`, `.`, `..` or the
// pattern of a name, with `*`, `?`, `[...]` and groups such as `+(a|b)`.

import { Dirent, entriesOf, type Entry } from 'node-internal:fs_entries';
import { located } from 'node-internal:fs_arguments';
import { UV_DIRENT_DIR } from 'node-internal:fs_constants';
import { Files } from 'node-internal:fs_natives';
import { validateObject, validateString } from 'node-internal:validators';

/** The deepest directory that is looked into. */
const DEEPEST = 256;

/** The parts between separators that stand outside of all brackets. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '\\') i++;
    else if (char === '{' || char === '(') depth++;
    else if (char === '}' || char === ')') depth--;
    else if (char === separator && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** The index of the bracket that closes the one at `start`, or -1. */
function closing(text: string, start: number, open: string, close: string): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === open) depth++;
    else if (text[i] === close && --depth === 0) return i;
  }
  return -1;
}

function firstBrace(pattern: string): number {
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === '{') return i;
  }
  return -1;
}

/** One pattern for each choice of `{a,b}`. */
function* alternatives(pattern: string): Generator<string> {
  const start = firstBrace(pattern);
  const end = start === -1 ? -1 : closing(pattern, start, '{', '}');
  const choices = end === -1 ? [] : split(pattern.slice(start + 1, end), ',');
  if (choices.length < 2) {
    yield pattern;
    return;
  }
  for (const choice of choices) yield* alternatives(pattern.slice(0, start) + choice + pattern.slice(end + 1));
}

const SPECIAL = /[.+^$|(){}*?[\]\\]/;

function literal(char: string): string {
  return SPECIAL.test(char) ? `\\${char}` : char;
}

/** A group of a pattern as a regular expression. */
function group(kind: string, inner: string): string {
  const choices = split(inner, '|').map(expression).join('|');
  if (kind === '!') return `(?!(?:${choices})$)[^/]*`;
  return `(?:${choices})${kind === '@' ? '' : kind}`;
}

/** The pattern of a name as the text of a regular expression. */
function expression(pattern: string): string {
  let text = '';
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === '\\' && i + 1 < pattern.length) {
      text += literal(pattern[++i]!);
    } else if ('@*+?!'.includes(char) && pattern[i + 1] === '(' && closing(pattern, i + 1, '(', ')') !== -1) {
      const end = closing(pattern, i + 1, '(', ')');
      text += group(char, pattern.slice(i + 2, end));
      i = end;
    } else if (char === '[') {
      const end = pattern.indexOf(']', i + 1);
      const set = pattern.slice(i + 1, end === -1 ? undefined : end).replace(/^!/, '^');
      text += `[${set}]`;
      i = end === -1 ? pattern.length : end;
    } else if (char === '*') {
      text += '[^/]*';
    } else if (char === '?') {
      text += '[^/]';
    } else {
      text += literal(char);
    }
  }
  return text;
}

function segmentsOf(pattern: string): string[] {
  const segments = pattern.split('/').filter((segment) => segment !== '');
  if (segments[0] === '.') segments.shift();
  return segments.filter((segment, i) => segment !== '**' || segments[i - 1] !== '**');
}

/** What whole paths match a pattern. */
function wholePath(pattern: string): RegExp {
  const parts: string[] = [];
  for (const segment of segmentsOf(pattern)) {
    if (segment === '..') parts.pop();
    else if (segment !== '.') parts.push(segment);
  }
  if (parts.length === 1 && parts[0] === '**') return /^.*$/;
  let text = '';
  parts.forEach((part, i) => {
    if (part !== '**') text += (i > 0 && parts[i - 1] !== '**' ? '/' : '') + expression(part);
    else if (i === 0) text += '(?:.*/)?';
    else if (i === parts.length - 1) text += '(?:/.*)?';
    else text += '(?:/[^/]+)*/?';
  });
  return new RegExp(`^${text}$`);
}

/** The search for all paths that match one pattern or several. */
class Search {
  /** Paths below the start, with their entries. */
  found = new Map<string, Entry | undefined>();
  #directories = new Map<string, Entry[]>();
  #start: string;
  #segments: string[] = [];
  #expressions: (RegExp | undefined)[] = [];
  /** Where `**` has been tried. */
  #tried = new Set<string>();

  constructor(start: string) {
    this.#start = start;
  }

  run(pattern: string): void {
    this.#segments = segmentsOf(pattern);
    if (this.#segments.length === 0) return;
    this.#tried.clear();
    this.#expressions = this.#segments.map((segment) => {
      return ['**', '.', '..'].includes(segment) ? undefined : new RegExp(`^${expression(segment)}$`);
    });
    this.#walk(0, '', 0);
  }

  #absolute(path: string): string {
    return path === '' ? this.#start : `${this.#start}/${path}`;
  }

  #entries(path: string): Entry[] {
    let entries = this.#directories.get(path);
    if (entries === undefined) {
      try {
        entries = entriesOf(located(this.#absolute(path)), false);
      } catch {
        // What cannot be listed holds nothing.
        entries = [];
      }
      this.#directories.set(path, entries);
    }
    return entries;
  }

  #add(path: string): void {
    if (path === '' || this.found.has(path)) return;
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    const siblings = this.#entries(slash === -1 ? '' : path.slice(0, slash));
    this.found.set(
      path,
      siblings.find((entry) => entry.name === name)
    );
  }

  #walk(index: number, path: string, depth: number): void {
    if (depth >= DEEPEST) return;
    if (index === this.#segments.length) {
      this.#add(path);
      return;
    }
    const segment = this.#segments[index]!;
    if (segment === '.') {
      this.#walk(index + 1, path, depth);
    } else if (segment === '..') {
      // It does not lead out of the directory in which the search began.
      if (path !== '') this.#walk(index + 1, path.slice(0, Math.max(path.lastIndexOf('/'), 0)), depth);
    } else if (segment === '**') {
      this.#walkAll(index, path, depth);
    } else {
      for (const { name } of this.#entries(path)) {
        if (this.#expressions[index]!.test(name)) this.#walk(index + 1, join(path, name), depth + 1);
      }
    }
  }

  /** `**`: nothing, or any number of directories. */
  #walkAll(index: number, path: string, depth: number): void {
    const key = `${index}:${path}`;
    if (this.#tried.has(key)) return;
    this.#tried.add(key);
    this.#walk(index + 1, path, depth);
    for (const { name, type } of this.#entries(path)) {
      const below = join(path, name);
      this.#walk(index + 1, below, depth + 1);
      if (type === UV_DIRENT_DIR) this.#walk(index, below, depth + 1);
    }
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}

export function globbed(pattern: any, options: any): any[] {
  const patterns: string[] = typeof pattern === 'string' ? [pattern] : [...pattern];
  for (const one of patterns) validateString(one, 'pattern');
  validateObject(options, 'options');
  const { withFileTypes = false, exclude } = options as any;
  let { cwd } = options as any;
  if (cwd instanceof URL) cwd = cwd.pathname;
  cwd ??= Files.workingDirectory();
  validateString(cwd, 'options.cwd');
  const excluded: RegExp[] = [];
  if (Array.isArray(exclude)) {
    for (const one of exclude) for (const choice of alternatives(one)) excluded.push(wholePath(choice));
  }
  const search = new Search(cwd);
  for (const one of patterns) for (const choice of alternatives(one)) search.run(choice);
  const results: any[] = [];
  for (const [path, entry] of search.found) {
    if (excluded.some((expression) => expression.test(path))) continue;
    const slash = path.lastIndexOf('/');
    const parent = slash === -1 ? cwd : `${cwd}/${path.slice(0, slash)}`;
    const result = withFileTypes ? new Dirent(path.slice(slash + 1), entry?.type ?? 0, parent) : path;
    if (typeof exclude !== 'function' || !exclude(result)) results.push(result);
  }
  return results;
}
