// node:events

import { EventEmitter } from 'node-internal:events';
import 'node-internal:events_async';

export { addAbortListener, EventEmitter, getEventListeners, getMaxListeners, listenerCount, setMaxListeners } from 'node-internal:events';
export { EventEmitterAsyncResource, on, once } from 'node-internal:events_async';
export const { captureRejections, captureRejectionSymbol, defaultMaxListeners, errorMonitor, usingDomains } = EventEmitter;
export default EventEmitter;
