import assert from 'node:assert';

export class Echo {
  fetch(request) {
    return new Response(request.url);
  }
}

export default {
  async test(_, { ECHO }) {
    const stub = ECHO.get(ECHO.idFromName('x'));
    for (const [url, expected] of [
      ['/p', 'https://fake-host/p'],
      ['p?x', 'https://fake-host/p?x'],
      ['', 'https://fake-host/'],
      ['http://h/x', 'http://h/x'],
      ['//h/p', 'https://h/p'],
    ]) {
      assert.strictEqual(await (await stub.fetch(url)).text(), expected);
    }
  },
};
