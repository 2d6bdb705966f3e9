// Methods that are functions without a name, as those of the old constructors of Node.js are.

/** Gives objects of `target`, a constructor, these methods. */
export function defineNameless(target: any, methods: Record<string, Function>): void {
  for (const name of Object.keys(methods)) {
    const method = methods[name]!;
    Object.defineProperty(method, 'name', { value: '' });
    target.prototype[name] = method;
  }
}
