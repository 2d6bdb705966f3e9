import { deepStrictEqual, rejects, strictEqual, throws } from 'node:assert';

export default {
  fetch({ cf, headers }) {
    return Response.json({ cf, headers: Object.fromEntries(headers) });
  },
};

const NO_CACHE = { 'cache-control': 'no-cache', pragma: 'no-cache' };

export const whatASubrequestSays = {
  async test(_, { SELF }) {
    const sent = async (init) => (await SELF.fetch('http://x/', init)).json();
    for (const [init, cf, headers = {}] of [
      [{}, undefined],
      [{ cf: { a: 1 } }, { a: 1 }],
      [{ cf: { cacheTtl: 5 } }, { cacheTtl: 5, cacheControl: 'max-age=5' }],
      [{ cf: { cacheTtl: -1 } }, { cacheTtl: -1, cacheControl: 'no-store' }],
      [{ cf: { cacheTtl: 'x' } }, { cacheTtl: 'x' }],
      [{ cf: { cacheTtl: 1.5 } }, { cacheTtl: 1.5 }],
      [{ cf: { cacheControl: 'max-age=1' } }, { cacheControl: 'max-age=1' }],
      [
        { cache: 'no-store', cf: { a: 1 } },
        { a: 1, cacheTtl: -1, cacheLevel: 'bypass', cacheControl: 'no-store' },
        NO_CACHE,
      ],
      [
        { cache: 'no-cache', cf: { cacheTtl: 5 } },
        { cacheTtl: 5, cacheForceRevalidate: true, cacheControl: 'no-cache' },
        NO_CACHE,
      ],
    ]) {
      deepStrictEqual(await sent(init), JSON.parse(JSON.stringify({ cf, headers })));
    }
    const own = { pragma: 'x', 'cache-control': 'y' };
    deepStrictEqual((await sent({ cache: 'no-store', headers: own })).headers, own);
  },
};

export const contradictions = {
  async test(_, { SELF }) {
    for (const cacheTtl of [5, 0, '5']) {
      const init = { cache: 'no-store', cf: { cacheTtl } };
      strictEqual(new Request('http://x/', init).cache, 'no-store');
      await rejects(SELF.fetch('http://x/', init), {
        name: 'TypeError',
        message: `CacheTtl: ${cacheTtl}, is not compatible with cache: no-store header.`,
      });
    }
    throws(() => new Request('http://x/', { cache: 'force-cache' }), {
      name: 'TypeError',
      message: 'Unsupported cache mode: force-cache',
    });
  },
};
