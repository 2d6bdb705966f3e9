// `MIMEType` and `MIMEParams` of node:util (MIME Sniffing §4).
//
// To programs they are classes of the runtime like any other, with the texts of errors that those have.

import {
  objectDefineProperty,
  objectGetPrototypeOf,
  objectSetPrototypeOf,
  stringIndexOf,
  stringSlice,
  stringToLowerCase,
} from 'node-internal:primordials';
import { markRuntimeClass } from 'node-internal:util_natives';

/** The backslash is none of a token; the real workerd takes it for one. */
const TOKEN = /^[!#$%&'*+\-.^_`|~A-Za-z0-9\\]+$/;
const QUOTABLE = /^[^\0-\u0008\u000a-\u001f\u007f]*$/;
const SPACE = /^[\t\n\r ]+|[\t\n\r ]+$/g;
const TRAILING_SPACE = /[\t\n\r ]+$/;
const INVALID_TYPE = 'Not a valid MIME type';

/** Says that the caller is the runtime. */
const kCreate = Symbol('kCreate');

function illegalInvocation(): TypeError {
  return new TypeError(
    'Illegal invocation: function called with incorrect `this` reference. See ' +
      'https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.'
  );
}

/** The argument at `index` as a string; one that is missing is an error. */
function stringArgument(args: any[], index: number, method: string): string {
  if (index < args.length) return `${args[index]}`;
  throw new TypeError(
    `Failed to execute '${method}' on 'MIMEParams': parameter ${index + 1} is not of type 'string'.`
  );
}

/** A class of iterators over lists that nobody changes. */
function iteratorClass(name: string): new <T>(key: symbol, list: T[]) => IterableIterator<T> {
  const made = {
    [name]: class<T> {
      #list: T[];
      #next = 0;

      constructor(key: symbol, list: T[]) {
        if (key !== kCreate) throw new TypeError('Illegal constructor');
        this.#list = list;
      }

      next(): IteratorResult<T, undefined> {
        if (!(#list in this)) throw illegalInvocation();
        if (this.#next < this.#list.length) return { done: false, value: this.#list[this.#next++]! };
        return { done: true, value: undefined };
      }

      [Symbol.iterator](): this {
        return this;
      }
    },
  }[name]!;
  const iterators = objectGetPrototypeOf(objectGetPrototypeOf([][Symbol.iterator]()));
  objectSetPrototypeOf(made.prototype, iterators);
  markRuntimeClass(made.prototype, name);
  return made as any;
}

const EntryIterator = iteratorClass('EntryIterator');
const KeyIterator = iteratorClass('KeyIterator');
const ValueIterator = iteratorClass('ValueIterator');

type Parameter = [name: string, value: string];

/** Where a parameter is; -1 if there is none. */
function find(list: Parameter[], name: string): number {
  for (let i = 0; i < list.length; i++) if (list[i]![0] === name) return i;
  return -1;
}

/** §4.5, with a space before `boundary`, as browsers write it. */
function serialize(list: Parameter[]): string {
  let text = '';
  for (let i = 0; i < list.length; i++) {
    const [name, value] = list[i]!;
    const quoted = TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
    text += `;${name === 'boundary' ? ' ' : ''}${name}=${quoted}`;
  }
  return text;
}

/** The parameters of a type. One that is of no type keeps nothing. */
export class MIMEParams {
  #list: Parameter[] | undefined;

  constructor(key?: any, list?: any) {
    if (key === kCreate) this.#list = list;
  }

  static #of(object: any): Parameter[] | undefined {
    if (typeof object !== 'object' || object === null || !(#list in object)) throw illegalInvocation();
    return object.#list;
  }

  delete(...args: any[]): void {
    const list = MIMEParams.#of(this);
    const at = find(list ?? [], stringArgument(args, 0, 'delete'));
    if (at === -1) return;
    // The last takes the place of the one that goes.
    const last = list!.pop()!;
    if (at < list!.length) list![at] = last;
  }

  get(...args: any[]): string | null | undefined {
    const list = MIMEParams.#of(this);
    const name = stringArgument(args, 0, 'get');
    const at = find(list ?? [], name);
    return at === -1 ? null : list![at]![1];
  }

  has(...args: any[]): boolean {
    const list = MIMEParams.#of(this);
    return find(list ?? [], stringArgument(args, 0, 'has')) !== -1;
  }

  /** One that is there already keeps its value. */
  set(...args: any[]): void {
    const list = MIMEParams.#of(this);
    const name = stringToLowerCase(stringArgument(args, 0, 'set'));
    const value = stringArgument(args, 1, 'set');
    if (list === undefined) return;
    if (!TOKEN.test(name) || !QUOTABLE.test(value)) throw new TypeError('Not a valid MIME parameter');
    if (find(list, name) === -1) list.push([name, value]);
  }

  entries(): IterableIterator<Parameter> {
    const list = MIMEParams.#of(this) ?? [];
    return new EntryIterator(
      kCreate,
      list.map(([name, value]): Parameter => [name, value])
    );
  }

  keys(): IterableIterator<string> {
    const list = MIMEParams.#of(this) ?? [];
    return new KeyIterator(
      kCreate,
      list.map((parameter) => parameter[0])
    );
  }

  values(): IterableIterator<string> {
    const list = MIMEParams.#of(this) ?? [];
    return new ValueIterator(
      kCreate,
      list.map((parameter) => parameter[1])
    );
  }

  toString(): string {
    return stringSlice(serialize(MIMEParams.#of(this) ?? []), 1);
  }

  toJSON(): string {
    return stringSlice(serialize(MIMEParams.#of(this) ?? []), 1);
  }

  [Symbol.iterator](): IterableIterator<Parameter> {
    const list = MIMEParams.#of(this) ?? [];
    return new EntryIterator(
      kCreate,
      list.map(([name, value]): Parameter => [name, value])
    );
  }
}
objectDefineProperty(MIMEParams, 'length', { value: 0 });
markRuntimeClass(MIMEParams.prototype, 'MIMEParams');

/** Parses the part of a type that follows the essence. */
function parseParameters(text: string): Parameter[] {
  const list: Parameter[] = [];
  let at = 0;
  while (at < text.length) {
    // At a semicolon.
    at++;
    while (at < text.length && stringIndexOf('\t\n\r ', text[at]!) !== -1) at++;
    let end = at;
    while (end < text.length && text[end] !== ';' && text[end] !== '=') end++;
    const name = stringToLowerCase(stringSlice(text, at, end)) as string;
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
      value = (stringSlice(text, at, end) as string).replace(TRAILING_SPACE, '');
      at = end;
      if (value === '') continue;
    }
    if (TOKEN.test(name) && QUOTABLE.test(value) && find(list, name) === -1) list.push([name, value]);
  }
  return list;
}

/** A type and its parameters. */
export class MIMEType {
  #type: string;
  #subtype: string;
  #list: Parameter[];
  #params: MIMEParams;

  constructor(...args: any[]) {
    if (args.length === 0) {
      throw new TypeError("Failed to construct 'MIMEType': constructor parameter 1 is not of type 'string'.");
    }
    const input = `${args[0]}`;
    const text = input.replace(SPACE, '');
    const semicolon = text.indexOf(';');
    const essence = semicolon === -1 ? text : text.slice(0, semicolon);
    const slash = essence.indexOf('/');
    const type = slash === -1 ? '' : essence.slice(0, slash);
    const subtype = essence.slice(slash + 1).replace(TRAILING_SPACE, '');
    if (!TOKEN.test(type) || !TOKEN.test(subtype)) throw new TypeError(`${INVALID_TYPE}: ${input}`);
    this.#type = type.toLowerCase();
    this.#subtype = subtype.toLowerCase();
    this.#list = semicolon === -1 ? [] : parseParameters(text.slice(semicolon));
    this.#params = new MIMEParams(kCreate, this.#list);
  }

  static #of(object: any): MIMEType {
    if (typeof object !== 'object' || object === null || !(#type in object)) throw illegalInvocation();
    return object;
  }

  get type(): string {
    return MIMEType.#of(this).#type;
  }

  set type(value: string) {
    const self = MIMEType.#of(this);
    const text = `${value}`;
    if (!TOKEN.test(text)) throw new TypeError(INVALID_TYPE);
    self.#type = text.toLowerCase();
  }

  get subtype(): string {
    return MIMEType.#of(this).#subtype;
  }

  set subtype(value: string) {
    const self = MIMEType.#of(this);
    const text = `${value}`;
    if (!TOKEN.test(text)) throw new TypeError('Not a valid MIME subtype');
    self.#subtype = text.toLowerCase();
  }

  get essence(): string {
    const self = MIMEType.#of(this);
    return `${self.#type}/${self.#subtype}`;
  }

  get params(): MIMEParams {
    return MIMEType.#of(this).#params;
  }

  toString(): string {
    const self = MIMEType.#of(this);
    return `${self.#type}/${self.#subtype}${serialize(self.#list)}`;
  }

  toJSON(): string {
    const self = MIMEType.#of(this);
    return `${self.#type}/${self.#subtype}${serialize(self.#list)}`;
  }
}
markRuntimeClass(MIMEType.prototype, 'MIMEType');
