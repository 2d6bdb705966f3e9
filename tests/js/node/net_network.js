// `node:net`: what the system says of a connection that fails.
import assert from 'node:assert';
import net from 'node:net';

export const refused = {
  async test() {
    const socket = net.connect(1, '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    const error = await new Promise((resolve) => socket.on('error', resolve));
    const { code, syscall, address, port, errno } = error;
    assert.deepStrictEqual(
      { code, syscall, address, port, errno },
      { code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1', port: 1, errno: -111 }
    );
    assert.strictEqual(await closed, true);
  },
};
