// node:timers/promises

export { default, scheduler, setImmediate, setInterval, setTimeout } from 'node-internal:timers_promises';
