import { deepStrictEqual } from 'node:assert';

export const theOptionSaysNothingOfTheHeader = {
  async test(_, { CACHE }) {
    const sent = async (init) => (await (await CACHE.fetch('http://x/', init)).json()).cf;
    deepStrictEqual(await sent({ cache: 'no-store' }), { cacheTtl: -1, cacheLevel: 'bypass' });
    deepStrictEqual(await sent({ cf: { cacheTtl: 5 } }), {
      cacheTtl: 5,
      cacheControl: 'max-age=5',
    });
  },
};
