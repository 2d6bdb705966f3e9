// A Worker as an ES module: the default export holds the handlers.

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    return new Response(`Hello World from ${pathname}\n`);
  },

  // Run by `workerd test`.
  async test() {
    const response = await this.fetch(new Request('http://example/path'));
    const text = await response.text();
    if (text !== 'Hello World from /path\n') {
      throw new Error(`unexpected greeting: ${text}`);
    }
  },
};
