// node:sys: another name of `node:util`.

export * from 'node-internal:util_exports';
export { default } from 'node-internal:util_exports';
