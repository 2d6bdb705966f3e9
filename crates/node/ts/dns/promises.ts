// node:dns/promises

import { publicMembers } from 'node-internal:dns_promises';

export * from 'node-internal:dns_promises';

export default publicMembers();
