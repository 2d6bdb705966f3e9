// `node:os`: a machine that tells nothing about itself.

import { constants } from 'node-internal:os_constants';
import { encodingNumber } from 'node-internal:buffer_encodings';
import { invalidArgValue } from 'node-internal:internal_errors';
import { validateInt32, validateObject } from 'node-internal:validators';

const os = {
  EOL: '\n',
  devNull: '/dev/null',
  constants,
  availableParallelism: function availableParallelism() {
    return 1;
  },
  arch: function arch() {
    return 'x64';
  },
  cpus: function cpus() {
    return [];
  },
  endianness: function endianness() {
    return 'LE';
  },
  freemem: function freemem() {
    return 0;
  },
  getPriority: function getPriority(pid?: any) {
    if (pid !== undefined) validateInt32(pid, 'pid');
    return 0;
  },
  homedir: function homedir() {
    return '/tmp/';
  },
  hostname: function hostname() {
    return 'localhost';
  },
  loadavg: function loadavg() {
    return [0, 0, 0];
  },
  machine: function machine() {
    return 'x86_64';
  },
  networkInterfaces: function networkInterfaces() {
    return {};
  },
  platform: function platform() {
    return 'linux';
  },
  release: function release() {
    return '';
  },
  setPriority: function setPriority(pid: any, priority?: any) {
    if (priority === undefined) {
      priority = pid;
      pid = 0;
    }
    validateInt32(pid, 'pid');
    validateInt32(priority, 'priority', -20, 19);
  },
  tmpdir: function tmpdir() {
    return '/tmp/';
  },
  totalmem: function totalmem() {
    return 0;
  },
  type: function type() {
    return 'Linux';
  },
  uptime: function uptime() {
    return 0;
  },
  userInfo: function userInfo(options?: any) {
    if (options !== undefined) {
      validateObject(options, 'options');
      const { encoding } = options as any;
      if (encoding && encoding !== 'buffer' && encodingNumber(encoding) === undefined) {
        throw invalidArgValue('options.encoding', encoding, 'must be a valid encoding');
      }
    }
    return {};
  },
  version: function version() {
    return '';
  },
};
for (const name of ['userInfo', 'getPriority', 'setPriority'] as const) {
  Object.defineProperty(os[name], 'length', { value: name === 'userInfo' ? 0 : name === 'getPriority' ? 1 : 2 });
}

export default os;
