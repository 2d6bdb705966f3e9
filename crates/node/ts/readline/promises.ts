// node:readline/promises.

import { Interface, Readline, createInterface } from 'node-internal:internal_readline_promises';

export { Interface, Readline, createInterface };
export default { Interface, Readline, createInterface };
