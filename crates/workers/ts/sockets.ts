// The module `cloudflare:sockets`.

import natives from 'cloudflare-internal:sockets';

const { sockets } = natives;

export function connect(address: unknown, options: unknown): unknown {
  return sockets.connect(address, options);
}

export function internalNewHttpClient(socket: unknown): unknown {
  return sockets.internalNewHttpClient(socket);
}
