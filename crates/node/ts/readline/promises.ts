// node:readline/promises.

import { promises } from 'node-internal:internal_readline_promises';

export const { Interface, Readline, createInterface } = promises;
export default { Interface, Readline, createInterface };
