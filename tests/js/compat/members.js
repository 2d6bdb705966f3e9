import { strictEqual } from 'node:assert';

export const navigators = {
  test(controller, env) {
    strictEqual(typeof navigator, env.ON ? 'object' : 'undefined');
    if (env.ON) strictEqual(navigator.userAgent, 'Cloudflare-Workers');
  },
};

export const urls = {
  test(controller, env) {
    strictEqual(new URL('HTTP://EXAMPLE.com').href, env.ON ? 'http://example.com/' : 'http://example.com');
  },
};

export const streams = {
  test(controller, env) {
    let constructed = true;
    try { new ReadableStream({ start() {} }); } catch { constructed = false; }
    strictEqual(constructed, env.ON);
  },
};

export const listeners = {
  test(controller, env) {
    const target = new EventTarget();
    let self;
    target.addEventListener('x', function () { self = this; });
    target.dispatchEvent(new Event('x'));
    strictEqual(self === target, env.ON);
  },
};

export const files = {
  async test(controller, env) {
    const form = new FormData();
    form.append('file', new File(['content'], 'name.txt'));
    const read = await new Response(form).formData();
    strictEqual(typeof read.get('file'), env.ON ? 'object' : 'string');
  },
};

export const tags = {
  test(controller, env) {
    strictEqual(Object.prototype.hasOwnProperty.call(Headers.prototype, Symbol.toStringTag), env.ON);
  },
};
