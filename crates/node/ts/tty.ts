// node:tty

import { ReadStream, WriteStream, isatty } from 'node-internal:internal_tty';

export { ReadStream, WriteStream, isatty };
export default { isatty, ReadStream, WriteStream };
