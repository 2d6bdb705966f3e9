// node:_http_incoming

import { IncomingMessage } from 'node-internal:http_incoming';

export { IncomingMessage };
export default { IncomingMessage };
