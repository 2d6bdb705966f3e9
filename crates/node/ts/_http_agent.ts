// node:_http_agent

import { Agent, globalAgent } from 'node-internal:http_agent';

export { Agent, globalAgent };
export default { Agent, globalAgent };
