import { strictEqual } from 'node:assert';
import * as other from './lib/other.js';

export const own = {
  test() {
    strictEqual(import.meta.url, 'file:///bundle/meta.js');
    strictEqual(import.meta.main, true);
    strictEqual(import.meta.resolve('./lib/other.js'), 'file:///bundle/lib/other.js');
    strictEqual(import.meta, import.meta);
  },
};

export const ofOthers = {
  test() {
    strictEqual(other.url, 'file:///bundle/lib/other.js');
    strictEqual(other.main, false);
    strictEqual(other.resolve, 'file:///bundle/lib/x.js');
  },
};
