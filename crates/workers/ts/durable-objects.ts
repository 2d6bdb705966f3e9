// The module `cloudflare:durable-objects`.

/** The name of the method that is called before an object hibernates, where objects are asked. */
export const onHibernate = undefined;

/** Says that calls of these methods may be repeated when their outcome is unknown. Here no call is. */
export function retryable(...methods: Function[]): void {
  if (methods.some((method) => typeof method !== 'function')) {
    throw new TypeError('retryable() accepts only functions.');
  }
}
