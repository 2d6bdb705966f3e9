// The module `node:async_hooks`: context storage is real, hooks and numbers of resources are not.

import natives from 'node-internal:async_hooks';

export const { AsyncLocalStorage, AsyncResource } = natives;

class AsyncHook {
  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}

export function createHook(): AsyncHook {
  return new AsyncHook();
}

export function executionAsyncId(): number {
  return 0;
}

export function executionAsyncResource(): object {
  return Object.create(null);
}

export function triggerAsyncId(): number {
  return 0;
}

// Node's kinds of resources. None has a number of its own here.
const PROVIDERS = `NONE DIRHANDLE DNSCHANNEL ELDHISTOGRAM FILEHANDLE FILEHANDLECLOSEREQ BLOBREADER FSEVENTWRAP
  FSREQCALLBACK FSREQPROMISE GETADDRINFOREQWRAP GETNAMEINFOREQWRAP HEAPSNAPSHOT HTTP2SESSION HTTP2STREAM HTTP2PING
  HTTP2SETTINGS HTTPINCOMINGMESSAGE HTTPCLIENTREQUEST LOCKS JSSTREAM JSUDPWRAP MESSAGEPORT PIPECONNECTWRAP
  PIPESERVERWRAP PIPEWRAP PROCESSWRAP PROMISE QUERYWRAP QUIC_ENDPOINT QUIC_LOGSTREAM QUIC_SESSION QUIC_STREAM QUIC_UDP
  SHUTDOWNWRAP SIGNALWRAP STATWATCHER STREAMPIPE TCPCONNECTWRAP TCPSERVERWRAP TCPWRAP TTYWRAP UDPSENDWRAP UDPWRAP
  SIGINTWATCHDOG WORKER WORKERCPUPROFILE WORKERCPUUSAGE WORKERHEAPPROFILE WORKERHEAPSNAPSHOT WORKERHEAPSTATISTICS
  WRITEWRAP ZLIB CHECKPRIMEREQUEST PBKDF2REQUEST KEYPAIRGENREQUEST KEYGENREQUEST KEYEXPORTREQUEST ARGON2REQUEST
  CIPHERREQUEST DERIVEBITSREQUEST HASHREQUEST RANDOMBYTESREQUEST RANDOMPRIMEREQUEST SCRYPTREQUEST SIGNREQUEST
  TLSWRAP VERIFYREQUEST QUIC_PACKET`;

export const asyncWrapProviders: Record<string, number> = Object.fromEntries(
  PROVIDERS.split(/\s+/).map((name) => [name, 0])
);

export default {
  AsyncLocalStorage,
  AsyncResource,
  asyncWrapProviders,
  createHook,
  executionAsyncId,
  executionAsyncResource,
  triggerAsyncId,
};
