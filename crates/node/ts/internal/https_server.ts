// `Server` of node:https. The platform has the certificates.

import { Server as HttpServer } from 'node-internal:http_server';
import { methodNotImplemented } from 'node-internal:internal_errors';

export class Server extends HttpServer {
  addContext(): void {
    throw methodNotImplemented('addContext');
  }

  getTicketKeys(): void {
    throw methodNotImplemented('getTicketKeys');
  }

  setSecureContext(): void {
    throw methodNotImplemented('setSecureContext');
  }

  setTicketKeys(): void {
    throw methodNotImplemented('setTicketKeys');
  }
}
