import { rejects, strictEqual } from 'node:assert';
import * as process from 'node:process';
import tty from 'node:tty';

let made = 0;
let wentOn = false;

export class Leaver {
  constructor() {
    made++;
  }

  fetch() {
    process.exit(7);
    wentOn = true;
  }
}

export default {
  fetch() {
    try {
      process.exit(9);
    } finally {
      wentOn = true;
    }
  },
};

const says = (code) => ({
  name: 'Error',
  message: `The Node.js process.exit(${code}) API was called. Canceling the request.`,
});

export const ofAnEvent = {
  async test(_, env) {
    await rejects(env.self.fetch('http://x'), says(9));
    strictEqual(wentOn, false);
  },
};

export const ofAnObject = {
  async test(_, env) {
    const id = env.leaver.idFromName('a');
    const stub = env.leaver.get(id);
    await rejects(stub.fetch('http://x'), says(7));
    await rejects(stub.fetch('http://x'), says(7));
    strictEqual(made, 1);
    await rejects(env.leaver.get(id).fetch('http://x'), says(7));
    strictEqual(made, 2);
    strictEqual(wentOn, false);
  },
};

export const terminals = {
  test() {
    strictEqual(tty.isatty(1), false);
    const stream = new tty.WriteStream(1);
    strictEqual(stream.fd, 1);
    strictEqual(stream.getColorDepth(), 8);
    let told = false;
    strictEqual(stream.cursorTo(0, () => (told = true)), false);
    strictEqual(told, true);
    strictEqual(process.stdin.fd, 0);
  },
};
