// The working directory. The file system that a Worker sees has a few fixed directories.

import { validateString } from 'node-internal:validators';
import { systemError } from 'node-internal:system_errors';

const LONGEST_PATH = 4096;
let directory = '/bundle';

/** Whether a directory exists; a file system sets it when it is loaded. */
export const fileSystem: { isDirectory: (path: string) => boolean } = {
  isDirectory: (path) => ['/', '/bundle', '/tmp', '/dev'].includes(path),
};

export function currentDirectory(): string {
  return directory;
}

/** `path` without dots, seen from the working directory. */
export function absolute(path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${directory}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function failure(name: string, path: string): Error {
  const [errno, text] = systemError(name);
  return Object.assign(new Error(`${text}, chdir '${path}'`), { code: name, syscall: 'chdir', errno, path });
}

export function changeDirectory(path: string): void {
  validateString(path, 'directory');
  if (path.length > LONGEST_PATH) throw failure('ENAMETOOLONG', path);
  const target = absolute(path);
  if (path === '' || !fileSystem.isDirectory(target)) throw failure('ENOENT', target.slice(1));
  directory = target;
}
