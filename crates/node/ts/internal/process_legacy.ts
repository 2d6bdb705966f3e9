// `process` before `enable_nodejs_process_v2`.

import { env } from 'node-internal:process_env';
import { exitWith, features, getBuiltinModule, nextTick, platform } from 'node-internal:process_common';

function exit(code: unknown): void {
  exitWith(code);
}

export default { nextTick, env, exit, getBuiltinModule, platform, features };
