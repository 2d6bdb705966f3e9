// node:stream/promises

import { promises } from 'node-internal:streams';

export const { finished, pipeline } = promises;
export { promises };
export default promises;
