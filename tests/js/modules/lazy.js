import { rejects } from 'node:assert';

export const broken = {
  async test() {
    await rejects(import('syntax.js'), { name: 'SyntaxError' });
    await rejects(import('missing.js'), { name: 'Error' });
    await rejects(import('throws.js'), { message: 'unwanted' });
  },
};
