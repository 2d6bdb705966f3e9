// The streams with all of their own methods, for modules that need neither `compose()` nor `pipeline()`.

export { Duplex, from as duplexFrom } from 'node-internal:streams_duplexify';
export { PassThrough, Transform, Writable } from 'node-internal:streams_duplex';
export { addAbortSignal, eos as finished } from 'node-internal:streams_finished';
export { Readable } from 'node-internal:streams_operators';
import 'node-internal:streams_web';
