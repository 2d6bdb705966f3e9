// `Agent` of node:https.

import { Agent as HttpAgent } from 'node-internal:http_agent';

// In the order of a name's parts.
const BEFORE_AUTHORIZATION = ['ca', 'cert', 'clientCertEngine', 'ciphers', 'key', 'pfx'];
const AFTER = ['minVersion', 'maxVersion', 'secureProtocol', 'crl'];

export class Agent extends HttpAgent {
  maxCachedSessions = 100;

  constructor(options: any) {
    super({ ...options, defaultPort: options?.defaultPort ?? 443, protocol: options?.protocol ?? 'https:' });
  }

  override getName(options: any = {}): string {
    const { rejectUnauthorized, servername, host, honorCipherOrder, secureOptions, sigalgs } = options;
    const parts = [
      super.getName(options),
      ...BEFORE_AUTHORIZATION.map((name) => options[name] || ''),
      rejectUnauthorized ?? '',
      servername && servername !== host ? servername : '',
      ...AFTER.map((name) => options[name] || ''),
      honorCipherOrder ?? '',
      options.ecdhCurve || '',
      options.dhparam || '',
      secureOptions ?? '',
      options.sessionIdContext || '',
      sigalgs ? JSON.stringify(sigalgs) : '',
      options.privateKeyIdentifier || '',
      options.privateKeyEngine || '',
    ];
    return parts.join(':');
  }
}

export const globalAgent = new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 });
