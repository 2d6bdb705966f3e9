// node:path/posix

export * from 'node-internal:path_posix';
export { default } from 'node-internal:path_posix';
