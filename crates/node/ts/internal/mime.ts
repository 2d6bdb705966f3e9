// `MIMEType` and `MIMEParams` of node:util (MIME Sniffing §4).

const TOKEN = /^[!#$%&'*+\-.^_`|~A-Za-z0-9]+$/;
const QUOTABLE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
const SPACE = /^[\t\n\r ]+|[\t\n\r ]+$/g;
const TRAILING_SPACE = /[\t\n\r ]+$/;

/** The parameters of a type, in the order in which they were set. */
export class MIMEParams {
  #list = new Map<string, string>();

  delete(...args: any[]): void {
    this.#list.delete(`${args[0]}`);
  }

  get(...args: any[]): string | undefined {
    return this.#list.get(`${args[0]}`);
  }

  has(...args: any[]): boolean {
    return this.#list.has(`${args[0]}`);
  }

  set(...args: any[]): void {
    const name = `${args[0]}`.toLowerCase();
    const value = `${args[1]}`;
    if (!TOKEN.test(name) || !QUOTABLE.test(value)) throw new TypeError(`Not a valid MIME parameter`);
    this.#list.set(name, value);
  }

  entries(): IterableIterator<[string, string]> {
    return this.#list.entries();
  }

  keys(): IterableIterator<string> {
    return this.#list.keys();
  }

  values(): IterableIterator<string> {
    return this.#list.values();
  }

  toString(): string {
    const parts: string[] = [];
    for (const [name, value] of this.#list) {
      const quoted = TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
      parts.push(`${name}=${quoted}`);
    }
    return parts.join('; ');
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}
Object.defineProperty(MIMEParams.prototype, Symbol.toStringTag, { value: 'MIMEParams', configurable: true, writable: true });

/** Parses the part of a type that follows the essence. */
function parseParameters(text: string, params: MIMEParams): void {
  let at = 0;
  while (at < text.length) {
    // At a semicolon.
    at++;
    while (at < text.length && '\t\n\r '.includes(text[at]!)) at++;
    let end = at;
    while (end < text.length && text[end] !== ';' && text[end] !== '=') end++;
    const name = text.slice(at, end).toLowerCase();
    at = end;
    if (at >= text.length) break;
    if (text[at] === ';') continue;
    at++;
    let value = '';
    if (text[at] === '"') {
      at++;
      while (at < text.length && text[at] !== '"') {
        if (text[at] === '\\' && at + 1 < text.length) at++;
        value += text[at++];
      }
      while (at < text.length && text[at] !== ';') at++;
    } else {
      end = at;
      while (end < text.length && text[end] !== ';') end++;
      value = text.slice(at, end).replace(TRAILING_SPACE, '');
      at = end;
      if (value === '') continue;
    }
    if (TOKEN.test(name) && QUOTABLE.test(value) && !params.has(name)) params.set(name, value);
  }
}

/** A type and its parameters. */
export class MIMEType {
  #type: string;
  #subtype: string;
  #params = new MIMEParams();

  constructor(...args: any[]) {
    const input = `${args[0]}`;
    const text = input.replace(SPACE, '');
    const semicolon = text.indexOf(';');
    const essence = semicolon === -1 ? text : text.slice(0, semicolon);
    const slash = essence.indexOf('/');
    const type = slash === -1 ? '' : essence.slice(0, slash);
    const subtype = essence.slice(slash + 1).replace(TRAILING_SPACE, '');
    if (!TOKEN.test(type) || !TOKEN.test(subtype)) throw new TypeError(`Not a valid MIME type: ${input}`);
    this.#type = type.toLowerCase();
    this.#subtype = subtype.toLowerCase();
    if (semicolon !== -1) parseParameters(text.slice(semicolon), this.#params);
  }

  get type(): string {
    return this.#type;
  }

  set type(value: string) {
    const text = `${value}`;
    if (!TOKEN.test(text)) throw new TypeError(`Not a valid MIME type: ${text}`);
    this.#type = text.toLowerCase();
  }

  get subtype(): string {
    return this.#subtype;
  }

  set subtype(value: string) {
    const text = `${value}`;
    if (!TOKEN.test(text)) throw new TypeError(`Not a valid MIME type: ${text}`);
    this.#subtype = text.toLowerCase();
  }

  get essence(): string {
    return `${this.#type}/${this.#subtype}`;
  }

  get params(): MIMEParams {
    return this.#params;
  }

  toString(): string {
    const params = this.#params.toString();
    return params === '' ? this.essence : `${this.essence};${params}`;
  }

  toJSON(): string {
    return this.toString();
  }
}
Object.defineProperty(MIMEType.prototype, Symbol.toStringTag, { value: 'MIMEType', configurable: true, writable: true });
