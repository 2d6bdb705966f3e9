// The module `cloudflare:node`: events go to the servers of node:http and node:net that listen on a port.

import { handlerOf } from 'node-internal:port_table';

function validatePort(port: unknown): number {
  if (typeof port === 'number' && Number.isFinite(port) && port >= 0 && port <= 65535) return port;
  throw new Error('Failed to determine port for server');
}

function noServer(text: string): Error {
  return Object.assign(new Error(text), { code: 'ERR_INVALID_ARG_VALUE' });
}

/** The port of a number, an object with one, or a server, which starts to listen unless it does. */
function portOf(server: any): number {
  if (typeof server === 'number') return validatePort(server);
  if (server == null) throw new Error('Server descriptor cannot be null or undefined');
  if (server.port != null || typeof server.listen !== 'function') return validatePort(server.port);
  if (typeof server.address()?.port !== 'number') server.listen();
  return validatePort(server.address()?.port);
}

export async function handleAsNodeRequest(server: any, request: Request, env: unknown, ctx: unknown): Promise<Response> {
  const port = validatePort(typeof server === 'number' ? server : server?.port);
  const handler = handlerOf(port);
  if (!handler?.fetch) {
    throw noServer(
      `Http server with port ${port} not found. This is likely a bug with your code. ` +
        `You should check if server.listen() was called with the same port (${port})`
    );
  }
  return await handler.fetch(request, env, ctx);
}

/** Lasts as long as the connection. */
export async function handleAsNodeConnection(socket: any, env: unknown, ctx: unknown): Promise<void> {
  const { localAddress } = await socket.opened;
  const digits = typeof localAddress === 'string' ? /:(\d+)$/.exec(localAddress) : null;
  if (digits === null) throw new Error(`Failed to determine port for inbound socket from local address ${localAddress}`);
  const port = validatePort(Number(digits[1]));
  const handler = handlerOf(port);
  if (!handler?.connect) {
    throw noServer(
      `No net.Server is listening on port ${port}. Call server.listen(${port}) to accept ` +
        `connections arriving on that port.`
    );
  }
  await handler.connect(socket, env, ctx);
}

export function connectHandler(): object {
  return {
    async connect(socket: unknown, env: unknown, ctx: unknown): Promise<void> {
      await handleAsNodeConnection(socket, env, ctx);
    },
  };
}

export function httpServerHandler(server: any): object {
  const port = portOf(server);
  return {
    async fetch(request: Request, env: unknown, ctx: unknown): Promise<Response> {
      return await handleAsNodeRequest({ port }, request, env, ctx);
    },
  };
}
