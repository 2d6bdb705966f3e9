import { RpcStub, RpcTarget, WorkerEntrypoint } from 'cloudflare:workers';

class Target extends RpcTarget {
  get next() {
    return new Target();
  }

  add(a, b) {
    return a + b;
  }

  make() {
    return new Target();
  }
}

export class Remote extends WorkerEntrypoint {
  make() {
    return new Target();
  }

  function() {
    return () => 1;
  }

  async call(stub) {
    await stub.add(1, 2);
  }
}

const calls = {
  async stub(remote) {
    using stub = await remote.make();
    await stub.add(1, 2);
  },

  async copy(remote) {
    using stub = await remote.make();
    using copy = stub.dup();
    stub[Symbol.dispose]();
    await copy.add(1, 2);
  },

  async property(remote) {
    using stub = await remote.make();
    using _ = await stub.next;
    await stub.next.add(1, 2);
  },

  async promise(remote) {
    await remote.make().make().add(1, 2);
  },

  async function(remote) {
    using stub = await remote.function();
    await stub();
  },

  async argument(remote) {
    await remote.call(new Target());
  },

  async wrapped(remote) {
    using stub = new RpcStub(new Target());
    await stub.add(1, 2);
    await remote.call(stub);
  },
};

export default {
  async fetch(request, env) {
    await calls[new URL(request.url).pathname.slice(1)](env.REMOTE);
    return new Response('done');
  },
};
