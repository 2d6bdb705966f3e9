// node:_http_client

import { ClientRequest } from 'node-internal:http_client';

export { ClientRequest };
export default { ClientRequest };
