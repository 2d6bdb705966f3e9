// Failures of `node:fs` that its TypeScript notices, as Node.js throws them.

import { coded } from 'node-internal:internal_errors';

function failure(code: string, errno: number, text: string, syscall: string, path?: string): Error {
  const error = Object.assign(coded(Error, `ERR_${code}`, text), { code, syscall, errno });
  return path === undefined ? error : Object.assign(error, { path });
}

export function noEntry(path: string, syscall: string): Error {
  return failure('ENOENT', -2, `no such file or directory, ${syscall} '${path}'`, syscall, path);
}

export function badDescriptor(syscall: string): Error {
  return failure('EBADF', -9, 'Bad file descriptor', syscall);
}

export function alreadyExists(path: string, syscall: string): Error {
  return failure('EEXIST', -17, `file already exists, ${syscall} '${path}'`, syscall, path);
}

export function invalidArgument(syscall: string): Error {
  return failure('EINVAL', -22, 'invalid argument', syscall);
}

export function unsupportedOperation(): Error {
  return coded(Error, 'ERR_UNSUPPORTED_OPERATION', 'The requested operation is unsupported');
}
