// `util.parseEnv()`: the format of `.env` files.

import { validateString } from 'node-internal:validators';

const LINE = /^[ \t]*(?:export[ \t]+)?([^=\s#'"][^=\n]*?)[ \t]*=[ \t]*/;

/** The variables that `content` sets. */
export function parseEnv(content: string): Record<string, string> {
  validateString(content, 'content');
  const result: Record<string, string> = {};
  let rest = content.replace(/\r\n?/g, '\n');
  while (rest.length > 0) {
    const match = LINE.exec(rest);
    if (match === null) {
      rest = skipLine(rest);
      continue;
    }
    rest = rest.slice(match[0].length);
    const quote = rest[0];
    const closing = quote === '"' || quote === "'" || quote === '`' ? rest.indexOf(quote, 1) : -1;
    let value: string;
    if (closing > 0) {
      value = rest.slice(1, closing);
      if (quote === '"') value = value.replaceAll('\\n', '\n');
      rest = rest.slice(closing + 1);
    } else {
      const end = rest.indexOf('\n');
      value = end === -1 ? rest : rest.slice(0, end);
      const comment = value.indexOf('#');
      if (comment !== -1) value = value.slice(0, comment);
      value = value.trim();
    }
    result[match[1]!] = value;
    rest = skipLine(rest);
  }
  return result;
}

function skipLine(text: string): string {
  const end = text.indexOf('\n');
  return end === -1 ? '' : text.slice(end + 1);
}
