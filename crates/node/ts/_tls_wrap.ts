// node:_tls_wrap

import { TLSSocket, connect } from 'node-internal:tls_socket';

export { TLSSocket, connect };
export default { connect, TLSSocket };
