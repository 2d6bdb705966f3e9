import { deepStrictEqual, match, ok, rejects, strictEqual, throws } from 'node:assert';

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
    await rejects(new Response(body.slice(0, -10), { headers }).formData(), {
      name: 'TypeError',
      message: 'No subsequent boundary string after multipart message.',
    });
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

export const lenient = {
  async test() {
    const read = async (body) => {
      const form = await new Response(body, { headers: { 'content-type': 'multipart/form-data; boundary=x' } }).formData();
      return [...form].map(([name, value]) => typeof value === 'string' ? [name, value] : [name, value.name, value.type]);
    };
    const part = (head, body = 'v') => `--x\r\n${head}\r\n\r\n${body}\r\n--x--`;
    deepStrictEqual(await read('preamble--x\nContent-Disposition: form-data; name="a"\n\n\n--x--'), [['a', '']]);
    deepStrictEqual(await read(part('Content-Disposition: form-data; filename="q"; name="a\\"b\\n%22"\r\ncontent-type:  a/b ')),
      [['a"bn%22', 'q', 'a/b ']]);
    deepStrictEqual(await read(part('Content-Disposition: form-data; name="a"; filename=""')), [['a', 'v']]);
    deepStrictEqual(await read(part('Content-Disposition: form-data; name="a"', '--y')), [['a', '--y']]);
    deepStrictEqual(await read('--x--'), []);
    for (const [body, message] of [
      ['--xq', "Boundary string was not succeeded by CRLF, LF, or '--'."],
      ['--x\r\n', 'No multipart message header termination found.'],
      [part('bad header'), 'FormData part had invalid headers.'],
      [part('Content-Type: a/b'), 'No valid Content-Disposition header found in FormData part.'],
      [part('Content-Disposition: form-data; name=a'), 'Content-Disposition header in FormData part is missing a name.'],
      [part('Content-Disposition: attachment; name="a"'),
        'Content-Disposition header for FormData part must have the value "form-data", possibly followed by parameters. ' +
        'Got: "attachment"'],
    ]) {
      await rejects(read(body), { name: 'TypeError', message });
    }
  },
};

export const contentTypes = {
  async test() {
    const read = (type) => new Response('a=%zz', { headers: { 'content-type': type } }).formData();
    strictEqual((await read('Application/x-www-form-urlencoded; charset=UTF8')).get('a'), 'zz');
    await rejects(read('application/x-www-form-urlencoded; charset=latin1'), TypeError);
    await rejects(read('multipart/form-data'), TypeError);
    await rejects(read('text/plain'), TypeError);
    await rejects(new Response(new Uint8Array(1)).formData(), TypeError);
  },
};

export const names = {
  async test() {
    const form = new FormData();
    form.append('a"\n\\b', '1');
    const body = new TextDecoder().decode(await new Response(form).arrayBuffer());
    match(body, /name="a%22%0A\\\\b"/);
    const bad = new FormData();
    bad.append('a\\', '1');
    throws(() => new Response(bad), TypeError);
  },
};

export const live = {
  test() {
    const form = new FormData();
    form.append('a', '1');
    const entries = form.entries();
    form.append('b', '2');
    deepStrictEqual([...entries], [['a', '1'], ['b', '2']]);
    const seen = [];
    form.forEach(function (value, name, of) { seen.push(value, name, of === form, this); }, 'this');
    strictEqual(seen.length, 8);
    strictEqual(seen[2], true);
  },
};
