// Symbols of emitters that other modules know, too.

export const kRejection = Symbol.for('nodejs.rejection');

/** Set where the table of listeners was made with all its names at once, as streams do. */
export const kShapeMode = Symbol('kShapeMode');

export const emitterSymbols = {
  kCapture: Symbol('kCapture'),
  errorMonitor: Symbol('events.errorMonitor'),
  kMaxEventTargetListeners: Symbol('events.maxEventTargetListeners'),
  kMaxEventTargetListenersWarned: Symbol('events.maxEventTargetListenersWarned'),
} as const;
