// node:process without `enable_nodejs_process_v2`

import process from 'node-internal:process_legacy';

export const { env, exit, features, getBuiltinModule, nextTick, platform } = process;
export default process;
