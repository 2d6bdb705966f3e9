// The working directory, which each event has to itself.

import { Files } from 'node-internal:fs_natives';
import { validateString } from 'node-internal:validators';

export function currentDirectory(): string {
  return Files.workingDirectory();
}

export function changeDirectory(path: string): void {
  validateString(path, 'directory');
  Files.changeDirectory(path);
}
