// What `node:inspector` and `node:inspector/promises` share.

import { EventEmitter } from 'node-internal:events';
import * as host from 'node-internal:host';
import { methodNotImplemented } from 'node-internal:internal_errors';
import { addMissingMethods, missingMembers } from 'node-internal:unsupported';

class StubSession extends EventEmitter {
  constructor() {
    super();
    throw methodNotImplemented('Session');
  }
}
addMissingMethods(StubSession.prototype, { connect: 0, connectToMainThread: 0, disconnect: 0, post: 3 }, 'Session.');

// Those are loaded by few.
const sessions = host.flag('enable_nodejs_inspector_local_dev') ? host.load('node-internal:inspector_session') : {};
export const { Session = StubSession, PromiseSession = StubSession }: any = sessions;

const noop = (): void => {};
export const console: Record<string, () => void> = {};
const METHODS = `debug error info log warn dir dirxml table trace group groupCollapsed groupEnd clear count countReset
  assert profile profileEnd time timeLog timeStamp`;
for (const name of METHODS.split(/\s+/)) console[name] = noop;

export const Network = missingMembers(
  {
    requestWillBeSent: 1,
    dataReceived: 1,
    dataSent: 1,
    responseReceived: 1,
    loadingFinished: 1,
    loadingFailed: 1,
    webSocketCreated: 1,
    webSocketHandshakeResponseReceived: 1,
    webSocketClosed: 1,
  },
  'Network.'
);
