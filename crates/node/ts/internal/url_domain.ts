// Domain names in their two forms.

import { missingArgs } from 'node-internal:internal_errors';
import { decode } from 'node-internal:internal_punycode';

/** A host as URLs have it; empty if it cannot be one. */
export function toASCIIHost(domain: string): string {
  if (/^[a-z0-9.\-_]*$/.test(domain) && !domain.includes('xn--')) return domain;
  if (/[\0-\x20"#%/:<>?@[\\\]^`{|}]/.test(domain)) return domain;
  return URL.parse(`ws://${domain}`)?.hostname ?? (/^[\0-\x7f]*$/.test(domain) ? domain : '');
}

export function domainToASCII(domain: unknown): string {
  if (arguments.length < 1) throw missingArgs('domain');
  const text = `${domain}`;
  if (/[/?#@:\\]/.test(text) && !text.startsWith('[')) return '';
  return URL.parse(`ws://${text}`)?.hostname ?? '';
}

export function domainToUnicode(domain: unknown): string {
  if (arguments.length < 1) throw missingArgs('domain');
  const ascii = domainToASCII(domain);
  return ascii.split('.').map(unicodeLabel).join('.');
}

export function unicodeLabel(label: string): string {
  if (!label.startsWith('xn--')) return label;
  try {
    return decode(label.slice(4));
  } catch {
    return label;
  }
}
