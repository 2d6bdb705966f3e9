// Contexts of TLS, which hold nothing: the platform chooses versions and ciphers.

import { validateInteger } from 'node-internal:validators';

export function SecureContext(this: any, protocol: any, options: any, minVersion: any, maxVersion: any): any {
  if (!(this instanceof SecureContext)) return new (SecureContext as any)(protocol, options, minVersion, maxVersion);
  if (options !== undefined) validateInteger(options, 'secureOptions');
  (this as any).context = undefined;
}

export function createSecureContext(options: any = {}): any {
  const { secureProtocol, secureOptions, minVersion, maxVersion } = options;
  return new (SecureContext as any)(secureProtocol, secureOptions, minVersion, maxVersion);
}

/** Makes an object of a certificate's text on where to learn more, and so for those who signed it. */
export function translatePeerCertificate(certificate: any): any {
  if (!certificate) return null;
  const { issuerCertificate, infoAccess } = certificate;
  if (issuerCertificate != null && issuerCertificate !== certificate) {
    certificate.issuerCertificate = translatePeerCertificate(issuerCertificate);
  }
  if (infoAccess != null) {
    const found: Record<string, string[]> = { __proto__: null as never };
    for (const [, key, value] of infoAccess.matchAll(/([^\n:]*):([^\n]*)(?:\n|$)/g)) {
      // In quotes where it needs escapes.
      (found[key] ??= []).push(value.startsWith('"') ? JSON.parse(value) : value);
    }
    certificate.infoAccess = found;
  }
  return certificate;
}
