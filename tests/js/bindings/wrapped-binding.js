import { secret } from 'counter:internal';

export default (env) => {
  let count = env.start;
  return { next: () => ++count, fetch: () => env.service.fetch('http://example.com/'), names: Object.keys(env) };
};

export const create = () => secret;
