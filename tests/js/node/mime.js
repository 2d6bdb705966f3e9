// `MIMEType` and `MIMEParams`: classes of the runtime, with its errors, and with its own ideas of parameters.

import assert from 'node:assert';
import { inspect, MIMEParams, MIMEType } from 'node:util';

export const types = {
  test() {
    for (const [text, expected] of [
      [' TEXT/Plain;Charset=UTF-8 ', 'text/plain;charset=UTF-8'],
      ['a/b;A=1;a=2;b=3', 'a/b;a=1;b=3'],
      ['a/b;boundary=x;c="d e"', 'a/b; boundary=x;c="d e"'],
      ['a/b;n="a\\b"', 'a/b;n=ab'],
      ['a/b;n="\\', 'a/b;n=\\'],
      ['a/b;x="\u0100"', 'a/b;x="\u0100"'],
      ['a/b;x="\u0001"', 'a/b'],
    ]) {
      assert.strictEqual(String(new MIMEType(text)), expected);
    }
    assert.throws(() => new MIMEType('x'), { name: 'TypeError', message: 'Not a valid MIME type: x' });
    assert.throws(() => new MIMEType(), {
      name: 'TypeError',
      message: "Failed to construct 'MIMEType': constructor parameter 1 is not of type 'string'.",
    });
    const type = new MIMEType('a/b');
    assert.throws(() => (type.type = 'F/o'), { message: 'Not a valid MIME type' });
    assert.throws(() => (type.subtype = ''), { message: 'Not a valid MIME subtype' });
    assert.throws(() => MIMEType.prototype.type, { message: /^Illegal invocation: / });
  },
};

export const parameters = {
  test() {
    const { params } = new MIMEType('a/b;x=1;y=2;z=3');
    params.set('X', 4);
    assert.strictEqual(params.get('x'), '1');
    assert.strictEqual(params.get('X'), null);
    params.delete('x');
    assert.deepStrictEqual([...params.keys()], ['z', 'y']);
    const keys = params.keys();
    params.delete('z');
    assert.deepStrictEqual([...keys], ['z', 'y']);
    assert.strictEqual(inspect(keys), 'KeyIterator {}');
    assert.throws(() => params.set('a', '\n'), { message: 'Not a valid MIME parameter' });
    assert.throws(() => params.get(), {
      message: "Failed to execute 'get' on 'MIMEParams': parameter 1 is not of type 'string'.",
    });
    const own = new MIMEParams();
    own.set('a', 1);
    assert.strictEqual(String(own), '');
  },
};

export const marks = {
  test() {
    const type = new MIMEType('a/b;c=d');
    assert.strictEqual(
      inspect(type),
      "MIMEType {\n  type: 'a',\n  subtype: 'b',\n  essence: 'a/b',\n  params: MIMEParams(1) { 'c' => 'd' }\n}"
    );
    for (const { prototype } of [MIMEType, MIMEParams]) {
      const marked = Object.getOwnPropertySymbols(prototype).map(String);
      assert(marked.includes('Symbol(cloudflare:internal-class)'));
      assert(marked.includes('Symbol(kResourceTypeInspect)'));
    }
    assert.strictEqual(Object.prototype.toString.call(type.params), '[object MIMEParams]');
  },
};
