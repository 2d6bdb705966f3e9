// What everybody in a room says, everybody in the room hears. A WebSocket carries the name of its visitor, so that the
// room knows it again when it comes back to memory.

import { DurableObject } from 'cloudflare:workers';

export class Room extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
  }

  fetch(request) {
    const name = new URL(request.url).searchParams.get('name') ?? 'somebody';
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server, [name]);
    server.serializeAttachment({ name, since: Date.now() });
    this.broadcast(`${name} has come`);
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(from, text) {
    const { name } = from.deserializeAttachment();
    const private_ = /^@(\w+) (.*)/.exec(text);
    if (private_) {
      this.broadcast(`${name} whispers: ${private_[2]}`, this.ctx.getWebSockets(private_[1]));
    } else {
      this.broadcast(`${name}: ${text}`);
    }
  }

  webSocketClose(socket, code) {
    // 1005 stands for a Close that says nothing, and is never sent.
    socket.close(code === 1005 ? 1000 : code);
    this.leave(socket);
  }

  webSocketError(socket) {
    this.leave(socket);
  }

  leave(socket) {
    const { name } = socket.deserializeAttachment();
    const others = this.ctx.getWebSockets().filter((other) => other !== socket);
    this.broadcast(`${name} has gone`, others);
  }

  broadcast(text, sockets = this.ctx.getWebSockets()) {
    for (const socket of sockets) {
      socket.send(text);
    }
  }
}

export default {
  fetch(request, env) {
    if (request.headers.get('Upgrade') !== 'websocket') {
      return new Response('Come with a WebSocket.\n', { status: 426, headers: { Upgrade: 'websocket' } });
    }
    return env.ROOMS.getByName(new URL(request.url).pathname).fetch(request);
  },
};
