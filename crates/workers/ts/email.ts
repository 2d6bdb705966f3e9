// The module `cloudflare:email`. What it wraps exists on Cloudflare's network only; elsewhere the import fails with its
// name.

import email from 'cloudflare-internal:email';

export const { EmailMessage } = email;
