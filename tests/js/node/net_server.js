// Servers of `node:net` that the tests connect to.
import net from 'node:net';
import { connectHandler } from 'cloudflare:node';

net.createServer((socket) => socket.pipe(socket)).listen(7);
net.createServer((socket) => {
  socket.end(`${socket.localPort} ${socket.localFamily} ${socket.remoteAddress}`);
}).listen(8);

export default connectHandler();
