// node:dns/promises

import everything from 'node-internal:dns_promises';

// The flags are those of node:dns alone.
const { ADDRCONFIG: _addresses, ALL: _all, V4MAPPED: _mapped, ...members } = everything;

export * from 'node-internal:dns_promises';
export default members;
