// How header fields of one name are joined in `headers` of a message.

const SEPARATE = 'set-cookie';

/** Fields of which the first counts. */
const SINGLE = new Set(
  `age authorization content-length content-type etag expires from host if-modified-since if-unmodified-since
  last-modified location max-forwards proxy-authorization referer retry-after server user-agent`.split(/\s+/)
);

export function addField(name: string, value: any, headers: any, joinAll: boolean): void {
  const field = name.toLowerCase();
  // Not what objects have by themselves.
  const before = Object.hasOwn(headers, field) ? headers[field] : undefined;
  if (field === SEPARATE) {
    if (before === undefined) headers[field] = [value];
    else before.push(value);
  } else if (before === undefined) {
    headers[field] = value;
  } else if (joinAll || !SINGLE.has(field)) {
    headers[field] = `${before}${field === 'cookie' ? '; ' : ', '}${value}`;
  }
}
