// The module `cloudflare:workflows`.

/** What a step throws to say that another attempt is of no use. */
export class NonRetryableError extends Error {
  constructor(message?: string, name = 'NonRetryableError') {
    super(message);
    this.name = name;
  }
}
