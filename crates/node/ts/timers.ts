// node:timers

import {
  active,
  clearImmediate,
  clearInterval,
  clearTimeout,
  enroll,
  setImmediate,
  setInterval,
  setTimeout,
  unenroll,
} from 'node-internal:internal_timers';
import * as promises from 'node-internal:timers_promises';

export { active, clearImmediate, clearInterval, clearTimeout, enroll, promises, setImmediate, setInterval, setTimeout, unenroll };
export { Timeout } from 'node-internal:internal_timers';
export default {
  promises,
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  setImmediate,
  clearImmediate,
  active,
  unenroll,
  enroll,
};
