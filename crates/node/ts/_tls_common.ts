// node:_tls_common

import { SecureContext, createSecureContext, translatePeerCertificate } from 'node-internal:tls_context';

export { SecureContext, createSecureContext, translatePeerCertificate };
export default { createSecureContext, SecureContext, translatePeerCertificate };
