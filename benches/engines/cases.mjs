// What is measured: each case is made once per process and then called over and over. Written against web standards
// alone, so that every engine runs the same code.

const bytes = (length) => Uint8Array.from({ length }, (_, index) => (index * 31 + 7) & 0xff);
const text = (unit, length) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);

const ADDRESS = 'https://user:password@www.example.com:8080/one/two/../three?query=value&other=1#fragment';
const QUERY = 'name=value&list=1&list=2&empty=&space=a+b&percent=%E2%82%AC%20and%20more&last=z';

const RECORD = {
  id: 12345, name: 'a record', tags: ['one', 'two', 'three'], when: new Date(0), nested: { deep: { deeper: [1, 2.5, null, true] } },
  map: new Map([['a', 1], ['b', 2]]), set: new Set([1, 2, 3]),
};

/** The cases: a name, and what makes the function to measure. */
export const cases = {
  'digest SHA-256, 64 B': () => digest(bytes(64)),
  'digest SHA-256, 64 KiB': () => digest(bytes(65536)),
  'AES-GCM encrypt, 64 B': () => aesGcm(bytes(64)),
  'AES-GCM encrypt, 64 KiB': () => aesGcm(bytes(65536)),
  'ECDSA P-256 verify': async () => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
    const data = bytes(64);
    const signature = await crypto.subtle.sign(algorithm, privateKey, data);
    return async () => {
      if (!(await crypto.subtle.verify(algorithm, publicKey, signature, data))) throw new Error('not verified');
    };
  },
  'new URL()': () => () => new URL(ADDRESS),
  'new URL() and five parts': () => () => {
    const url = new URL(ADDRESS);
    return url.hostname.length + url.port.length + url.pathname.length + url.search.length + url.hash.length;
  },
  'new URLSearchParams()': () => () => new URLSearchParams(QUERY),
  'URLSearchParams: get, append, toString': () => () => {
    const params = new URLSearchParams(QUERY);
    params.append('more', params.get('percent'));
    return params.toString();
  },
  'TextEncoder, 32 B': () => encode(text('plain ASCII ', 32)),
  'TextEncoder, 64 KiB': () => encode(text('plain ASCII ', 65536)),
  'TextEncoder, 64 KiB not ASCII': () => encode(text('Grüße, Ελλάδα! ', 32768)),
  'encodeInto(), 32 B': () => {
    const encoder = new TextEncoder();
    const source = text('plain ASCII ', 32);
    const target = new Uint8Array(128);
    return () => encoder.encodeInto(source, target);
  },
  'TextDecoder, 32 B': () => decode(text('plain ASCII ', 32)),
  'TextDecoder, 64 KiB': () => decode(text('plain ASCII ', 65536)),
  'TextDecoder, 64 KiB not ASCII': () => decode(text('Grüße, Ελλάδα! ', 32768)),
  'structuredClone()': () => () => structuredClone(RECORD),
  'structuredClone(), 64 KiB': () => {
    const data = bytes(65536);
    return () => structuredClone(data);
  },
  'btoa(), 1 KiB': () => {
    const source = String.fromCharCode(...bytes(1024));
    return () => btoa(source);
  },
  'atob(), 1 KiB': () => {
    const source = btoa(String.fromCharCode(...bytes(1024)));
    return () => atob(source);
  },
  'btoa(), 32 B': () => {
    const source = text('plain ASCII ', 32);
    return () => btoa(source);
  },
  'atob(), 32 B': () => {
    const source = btoa(text('plain ASCII ', 32));
    return () => atob(source);
  },
  'URL.canParse()': () => () => URL.canParse(ADDRESS),
  'URLSearchParams: get': () => {
    const params = new URLSearchParams(QUERY);
    return () => params.get('percent');
  },
  'new Headers()': () => () => new Headers(),
  'new Headers() of an object': () => () => new Headers({ 'content-type': 'text/plain', 'cache-control': 'no-store', 'x-id': '1' }),
  'Headers: get': () => {
    const headers = new Headers({ 'content-type': 'text/plain', 'cache-control': 'no-store', 'x-id': '1' });
    return () => headers.get('cache-control');
  },
  'Headers: set': () => {
    const headers = new Headers({ 'content-type': 'text/plain', 'cache-control': 'no-store', 'x-id': '1' });
    return () => headers.set('cache-control', 'no-cache');
  },
  'new Request()': () => () => new Request('https://example.com/path?query'),
  'new Request(), POST with headers': () => {
    const init = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'a text' };
    return () => new Request('https://example.com/path?query', init);
  },
  'new Response()': () => () => new Response(),
  'new Response(text)': () => () => new Response('a text'),
  'Response.json()': () => () => Response.json({ id: 1, name: 'a record' }),
  'Response: text()': () => () => new Response('a text').text(),
  'new AbortController()': () => () => new AbortController(),
  'AbortController: signal, listener, abort': () => () => {
    const controller = new AbortController();
    controller.signal.addEventListener('abort', () => {});
    controller.abort();
    return controller.signal.aborted;
  },
  'EventTarget: dispatchEvent': () => {
    const target = new EventTarget();
    let count = 0;
    target.addEventListener('event', () => count++);
    return () => target.dispatchEvent(new Event('event'));
  },
  'new Blob()': () => () => new Blob(['a text']),
  'new FormData(), append': () => () => {
    const form = new FormData();
    form.append('name', 'value');
    return form;
  },
  'new ReadableStream()': () => () => new ReadableStream(),
  'new TransformStream()': () => () => new TransformStream(),
  'crypto.randomUUID()': () => () => crypto.randomUUID(),
  'crypto.getRandomValues(), 16 B': () => {
    const target = new Uint8Array(16);
    return () => crypto.getRandomValues(target);
  },
  'performance.now()': () => () => performance.now(),
  'queueMicrotask()': () => {
    const nothing = () => {};
    return () => new Promise((resolve) => queueMicrotask(() => resolve(nothing)));
  },
  'setTimeout(), clearTimeout()': () => {
    const nothing = () => {};
    return () => clearTimeout(setTimeout(nothing, 1000));
  },
};

function digest(data) {
  return () => crypto.subtle.digest('SHA-256', data);
}

async function aesGcm(data) {
  const key = await crypto.subtle.importKey('raw', bytes(16), 'AES-GCM', false, ['encrypt']);
  const algorithm = { name: 'AES-GCM', iv: bytes(12) };
  return () => crypto.subtle.encrypt(algorithm, key, data);
}

function encode(source) {
  const encoder = new TextEncoder();
  return () => encoder.encode(source);
}

function decode(source) {
  const decoder = new TextDecoder();
  const data = new TextEncoder().encode(source);
  return () => decoder.decode(data);
}

const made = new Map();

/** Answers `?case=NAME&count=N`: calls the case so many times. */
export async function answer(address) {
  const params = new URL(address).searchParams;
  const name = params.get('case');
  if (!made.has(name)) made.set(name, await cases[name]());
  const call = made.get(name);
  const count = Number(params.get('count'));
  let last;
  for (let index = 0; index < count; index++) {
    last = call();
    if (last instanceof Promise) await last;
  }
  return `${count} ${typeof last}`;
}
