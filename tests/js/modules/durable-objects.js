import { deepStrictEqual, strictEqual, throws } from 'node:assert';
import * as module from 'cloudflare:durable-objects';

export default {
  test() {
    deepStrictEqual(Object.keys(module), ['onHibernate', 'retryable']);
    strictEqual(module.retryable(), undefined);
    strictEqual(module.retryable(() => {}), undefined);
    throws(() => module.retryable(() => {}, 5), {
      name: 'TypeError',
      message: 'retryable() accepts only functions.',
    });
  },
};
