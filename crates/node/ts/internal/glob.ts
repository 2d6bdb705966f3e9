// Patterns of file names: `*`, `**`, `?`, `[...]`, `{a,b}`.

import { validateString } from 'node-internal:validators';

const SPECIAL = /[.+^$()|\\]/;

/** The pattern as the text of a regular expression; `slash` is what a separator is. */
function translate(pattern: string, slash: string): string {
  let text = '';
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === '*') {
      if (pattern[i + 1] === '*') {
        while (pattern[i + 1] === '*') i++;
        if (pattern[i + 1] === '/') {
          i++;
          text += `(?:.*${slash})?`;
        } else {
          text += '.*';
        }
      } else {
        text += `[^/\\\\]*`;
      }
    } else if (char === '?') {
      text += '[^/\\\\]';
    } else if (char === '[') {
      const end = pattern.indexOf(']', i + 2);
      if (end === -1) {
        text += '\\[';
      } else {
        text += `[${pattern.slice(i + 1, end).replace(/^!/, '^').replaceAll('\\', '\\\\')}]`;
        i = end;
      }
    } else if (char === '{') {
      depth++;
      text += '(?:';
    } else if (char === '}' && depth > 0) {
      depth--;
      text += ')';
    } else if (char === ',' && depth > 0) {
      text += '|';
    } else if (char === '/') {
      text += slash;
    } else {
      text += SPECIAL.test(char) ? `\\${char}` : char;
    }
  }
  return text;
}

export function matchesGlob(path: string, pattern: string, windows: boolean): boolean {
  validateString(path, 'path');
  validateString(pattern, 'pattern');
  const slash = windows ? '[\\\\/]' : '/';
  const source = translate(windows ? pattern.replaceAll('\\', '/') : pattern, slash);
  return new RegExp(`^(?:${source})$`).test(path);
}
