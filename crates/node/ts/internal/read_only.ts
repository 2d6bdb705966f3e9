// Objects whose properties keep their values, as those of modules do.

/** Makes the properties of `object` read-only; they can be redefined. */
export function readOnly<T extends object>(object: T): T {
  for (const key of Object.keys(object)) Object.defineProperty(object, key, { writable: false });
  return object;
}
