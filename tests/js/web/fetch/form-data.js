import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert';

export const entries = {
  test() {
    const form = new FormData();
    form.append('a', '1');
    form.append('b', 2);
    form.append('a', '3');
    strictEqual(form.get('a'), '1');
    deepStrictEqual(form.getAll('a'), ['1', '3']);
    strictEqual(form.get('b'), '2');
    strictEqual(form.get('none'), null);
    form.set('a', 'only');
    deepStrictEqual([...form], [['a', 'only'], ['b', '2']]);
    form.delete('a');
    strictEqual(form.has('a'), false);
  },
};

export const files = {
  async test() {
    const form = new FormData();
    form.append('blob', new Blob(['abc'], { type: 'text/x' }));
    form.append('named', new Blob(['abc']), 'name.txt');
    form.append('file', new File(['def'], 'own.txt', { type: 'text/y' }));
    ok(form.get('blob') instanceof File);
    strictEqual(form.get('blob').name, 'blob');
    strictEqual(form.get('named').name, 'name.txt');
    strictEqual(form.get('file').name, 'own.txt');
    strictEqual(await form.get('file').text(), 'def');
  },
};

export const multipart = {
  async test() {
    const form = new FormData();
    form.append('text', 'väl\r\nue');
    form.append('file', new File(['content'], 'a.txt', { type: 'text/x' }));
    const response = new Response(form);
    match(response.headers.get('content-type'), /^multipart\/form-data; ?boundary=/);
    const read = await response.formData();
    strictEqual(read.get('text'), 'väl\r\nue');
    const file = read.get('file');
    strictEqual(file.name, 'a.txt');
    strictEqual(file.type, 'text/x');
    strictEqual(await file.text(), 'content');
  },
};

export const byHand = {
  async test() {
    const body = [
      '--x', 'Content-Disposition: form-data; name="a"', '', 'first',
      '--x', 'content-disposition: form-data; name="f"; filename="q.bin"', 'Content-Type: a/b', '', 'second',
      '--x--', '',
    ].join('\r\n');
    const headers = { 'content-type': 'multipart/form-data; boundary="x"' };
    const form = await new Response(body, { headers }).formData();
    strictEqual(form.get('a'), 'first');
    strictEqual(form.get('f').name, 'q.bin');
    await rejects(new Response(body.slice(0, -10), { headers }).formData(), TypeError);
    await rejects(new Response('nothing', { headers }).formData(), TypeError);
  },
};

export const urlencoded = {
  async test() {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const form = await new Response('a=1+2&b=%C3%A9&a=3&c', { headers }).formData();
    deepStrictEqual([...form], [['a', '1 2'], ['b', 'é'], ['a', '3'], ['c', '']]);
  },
};
