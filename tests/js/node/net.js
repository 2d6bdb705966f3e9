// `node:net`: sockets, servers in another Worker, addresses and lists of them.
import assert from 'node:assert';
import net from 'node:net';

async function text(socket) {
  let all = '';
  for await (const chunk of socket) all += chunk;
  return all;
}

export const echo = {
  async test() {
    const events = [];
    const socket = net.connect({ port: 7, host: 'echo' });
    for (const name of ['connect', 'ready', 'end', 'close']) socket.on(name, () => events.push(name));
    assert.strictEqual(socket.connecting, true);
    assert.strictEqual(socket.readyState, 'opening');
    socket.write('hello ');
    socket.end(Buffer.from('world'));
    assert.strictEqual(await text(socket), 'hello world');
    assert.strictEqual(socket.bytesRead, 11);
    assert.strictEqual(events.slice(0, 2).join(), 'connect,ready');
    assert.ok(events.includes('end'));
  },
};

export const addresses = {
  async test() {
    const socket = net.connect(8, 'somewhere', function () {
      assert.strictEqual(this.remoteAddress, 'somewhere');
      assert.strictEqual(this.remotePort, 8);
      assert.strictEqual(this.localAddress, '240.1.0.1');
    });
    assert.strictEqual(await text(socket), '8 IPv4 240.1.255.254');
  },
};

export const noServer = {
  async test() {
    const socket = net.connect(9, 'nobody');
    const happened = await new Promise((resolve) => {
      socket.on('error', () => resolve('error'));
      socket.on('end', () => resolve('end'));
      socket.resume();
    });
    assert.ok(['error', 'end'].includes(happened));
  },
};

export const timeouts = {
  async test() {
    const socket = net.connect(7, 'echo');
    await new Promise((resolve) => socket.setTimeout(5, resolve));
    socket.destroy();
    assert.throws(() => new net.Socket().setTimeout('1'), { code: 'ERR_INVALID_ARG_TYPE' });
  },
};

export const signals = {
  async test() {
    const socket = net.connect({ port: 7, host: 'echo', signal: AbortSignal.abort() });
    const error = await new Promise((resolve) => socket.on('error', resolve));
    assert.strictEqual(error.name, 'AbortError');
  },
};

export const badArguments = {
  test() {
    assert.throws(() => net.connect({}), { code: 'ERR_MISSING_ARGS' });
    assert.throws(() => net.connect('/a/path'), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => net.connect(70000), { code: 'ERR_SOCKET_BAD_PORT' });
    assert.throws(() => new net.Socket({ fd: 1 }), { code: 'ERR_OPTION_NOT_IMPLEMENTED' });
    assert.throws(() => new net.Socket({ objectMode: true }), { code: 'ERR_INVALID_ARG_VALUE' });
  },
};

export const ports = {
  async test() {
    const one = net.createServer().listen(4000);
    assert.deepStrictEqual(one.address(), { address: '0.0.0.0', port: 4000, family: 'IPv4' });
    const two = net.createServer();
    const failed = new Promise((resolve) => two.on('error', resolve));
    two.listen(4000);
    assert.strictEqual((await failed).message, 'bind EADDRINUSE 0.0.0.0:4000');
    assert.throws(() => one.listen(4001), { code: 'ERR_SERVER_ALREADY_LISTEN' });
    await new Promise((resolve) => one.close(resolve));
    assert.strictEqual(one.listening, false);
    const bound = new net.BoundSocket({ port: 4000 });
    const three = net.createServer().listen(bound);
    assert.strictEqual(three.address().port, 4000);
    assert.throws(() => bound.address(), { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
    three.close();
  },
};

export const whatIsAnAddress = {
  test() {
    assert.deepStrictEqual(
      ['1.2.3.4', '1.2.3', '256.1.1.1', '01.2.3.4', '::', '::1', '1::2::3', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7::'].map(net.isIP),
      [4, 0, 0, 0, 6, 6, 0, 6, 6]
    );
    assert.deepStrictEqual(
      ['::ffff:1.2.3.4', 'fe80::1%eth0', '1:2:3:4:5:6:7:8:9', ':1', '12345::', '::1.2.3.4:5', ''].map(net.isIPv6),
      [true, true, false, false, false, false, false]
    );
    assert.strictEqual(net.SocketAddress.parse('[::1]:80').family, 'ipv6');
    assert.strictEqual(net.SocketAddress.parse('a.b:1'), undefined);
  },
};

export const blockLists = {
  test() {
    const list = new net.BlockList();
    list.addAddress('192.0.2.1');
    list.addRange('192.0.2.10', '192.0.2.20');
    list.addSubnet('10.0.0.0', 8);
    list.addSubnet('2001:db8::', 32, 'ipv6');
    assert.deepStrictEqual(list.rules, [
      'Address: IPv4 192.0.2.1',
      'Range: IPv4 192.0.2.10-192.0.2.20',
      'Subnet: IPv4 10.0.0.0/8',
      'Subnet: IPv6 2001:db8::/32',
    ]);
    for (const address of ['192.0.2.1', '192.0.2.15', '10.9.8.7']) {
      assert.ok(list.check(address));
      assert.ok(list.check(`::ffff:${address}`, 'ipv6'));
    }
    assert.ok(list.check('2001:db8:1::', 'ipv6'));
    assert.ok(!list.check('192.0.2.21'));
    assert.ok(!list.check('nonsense'));
    const copy = new net.BlockList();
    copy.fromJSON(list.toJSON());
    assert.deepStrictEqual(copy.rules, list.rules);
    assert.throws(() => list.addRange('10.0.0.2', '10.0.0.1'), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => list.addSubnet('10.0.0.0', 33), { code: 'ERR_OUT_OF_RANGE' });
  },
};
