import assert from 'node:assert';
import { connect } from 'cloudflare:sockets';

async function echo(socket) {
  const writer = socket.writable.getWriter();
  await writer.write(new TextEncoder().encode('hello'));
  let text = '';
  for await (const chunk of socket.readable) text += new TextDecoder().decode(chunk);
  return text;
}

export const the_global_one = {
  async test() {
    assert.equal(await echo(connect('host.example:123')), 'host.example:123: hello');
  },
};

export const through_a_binding = {
  async test(_, env) {
    assert.equal(await echo(env.FILTER.connect('other.example:5')), 'other.example:5: hello');
    assert.equal(await (await env.FILTER.fetch('http://a')).text(), 'filtered');
  },
};
