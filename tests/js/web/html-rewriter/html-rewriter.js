import { deepStrictEqual, notStrictEqual, rejects, strictEqual, throws } from 'node:assert';

const transform = (html, handlers, selector = '*') =>
  new HTMLRewriter().on(selector, handlers).transform(new Response(html));
const rewrite = (html, handlers, selector) => transform(html, handlers, selector).text();

export const elements = {
  async test() {
    const text = await rewrite('<a href=x>t</a>', {
      element(element) {
        strictEqual(element.tagName, 'a');
        strictEqual(element.namespaceURI, 'http://www.w3.org/1999/xhtml');
        strictEqual(element.getAttribute('href'), 'x');
        strictEqual(element.getAttribute('none'), null);
        strictEqual(element.hasAttribute('HREF'), true);
        deepStrictEqual(Object.keys(element), ['namespaceURI', 'removed', 'attributes', 'tagName']);
        strictEqual(element.setAttribute('b', '"'), element);
        strictEqual(element.removeAttribute('href'), element);
        deepStrictEqual([...element.attributes], [['b', '"']]);
        element.tagName = 'p';
        element.before('<1>').after('<2>', { html: true }).prepend('3').append('4');
        element.onEndTag((end) => {
          strictEqual(end.name, 'p');
          end.name = 'q';
          end.before('5').after('6');
        });
      },
    });
    strictEqual(text, '&lt;1&gt;<p b="&quot;">3t45</q>6<2>');
  },
};

export const otherTokens = {
  async test() {
    const seen = [];
    const response = new HTMLRewriter()
      .onDocument({
        doctype(doctype) {
          seen.push(doctype.name, doctype.publicId, doctype.systemId);
        },
        comments(comment) {
          seen.push(comment.text, comment.removed);
          throws(() => { comment.text = '-->'; }, {
            name: 'TypeError',
            message: "Parser error: Comment text shouldn't contain a comment-closing sequence.",
          });
          throws(() => comment.before(new Response('x')), {
            message:
              'Replacing content in HTML comments using a ReadableStream or Response object is not implemented. ' +
              'You must provide a string.',
          });
          comment.text = 'b';
          comment.after('<c>', { html: true });
        },
        text(text) {
          seen.push(text.text, text.lastInTextNode);
          if (!text.lastInTextNode) text.replace('y');
        },
        end(end) {
          end.append('<end>', { html: true });
        },
      })
      .transform(new Response('<!doctype html PUBLIC "p" "s"><!--a-->x'));
    strictEqual(await response.text(), '<!doctype html PUBLIC "p" "s"><!--b--><c>y<end>');
    deepStrictEqual(seen, ['html', 'p', 's', 'a', false, 'x', false, '', true]);
  },
};

// The parser waits for promises, in the middle of a document.
export const asynchronousHandlers = {
  async test() {
    const order = [];
    const text = await rewrite('<a><b></b></a>', {
      async element(element) {
        order.push(`${element.tagName} starts`);
        await scheduler.wait(1);
        element.append(element.tagName);
        order.push(`${element.tagName} ends`);
      },
    });
    strictEqual(text, '<a><b>b</b>a</a>');
    deepStrictEqual(order, ['a starts', 'a ends', 'b starts', 'b ends']);
    strictEqual(await rewrite('<a>', { element: (e) => ({ then(f) { e.before('T'); f(); } }) }), 'T<a>');
  },
};

// Many documents wait at the same time, each on a stack of its own.
export const manyAtOnce = {
  async test() {
    const texts = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        rewrite('<a></a><a></a>', {
          async element(element) {
            await scheduler.wait(Math.random() * 5);
            element.setInnerContent(String(index));
          },
        })
      )
    );
    texts.forEach((text, index) => strictEqual(text, `<a>${index}</a>`.repeat(2)));
  },
};

export const insertedStreams = {
  async test() {
    const bytes = new TextEncoder().encode('<é>');
    const text = await rewrite('<a></a>', {
      element(element) {
        element.before(new Response('<1>'));
        element.after(new Response('<2>').body, { html: true });
        element.append(new ReadableStream({
          type: 'bytes',
          start(controller) {
            for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
            controller.close();
          },
        }));
        element.prepend(new Response(null));
      },
    });
    strictEqual(text, '&lt;1&gt;<a>&lt;é&gt;</a><2>');
    const latin = new HTMLRewriter()
      .on('a', { element: (element) => void element.before(new Response('é€')) })
      .transform(new Response('<a>', { headers: { 'content-type': 'text/html; charset=iso-8859-1' } }));
    deepStrictEqual([...await latin.bytes()], [0xe9, 0x80, 0x3c, 0x61, 0x3e]);
    await rejects(
      rewrite('<a>', { element: (element) => void element.before(new Response(new Uint8Array([0xe2, 0x28]))) }),
      { name: 'TypeError', message: 'Parser error: Invalid UTF-8' }
    );
    await rejects(
      rewrite('<a>', {
        async element(element) {
          const used = new Response('x');
          await used.text();
          element.before(used);
        },
      }),
      { name: 'TypeError', message: 'The ReadableStream has been locked to a reader.' }
    );
  },
};

const STALE =
  'This content token is no longer valid. Content tokens are only valid during the execution of the relevant content handler.';

export const tokensAfterTheirHandler = {
  async test() {
    let element;
    let attributes;
    let second;
    await rewrite('<a x=1><a>', {
      element(token) {
        if (element) {
          second = token;
          notStrictEqual(token, element);
          throws(() => element.tagName, { name: 'TypeError', message: STALE });
          return;
        }
        element = token;
        attributes = token.attributes;
      },
    });
    for (const use of [
      () => element.tagName,
      () => { element.tagName = 'b'; },
      () => element.setAttribute('a', 'b'),
      () => element.before('x'),
      () => element.onEndTag(() => {}),
      () => attributes.next(),
      () => second.removed,
    ]) {
      throws(use, { name: 'TypeError', message: STALE });
    }
  },
};

export const mistakes = {
  async test() {
    for (const [selector, message] of [
      ['', 'The selector is empty.'],
      ['a[', 'Unexpected end of selector.'],
      ['a:hover', 'Unsupported pseudo-class or pseudo-element in selector.'],
      ['a ~ b', 'Unsupported combinator `~` in selector.'],
      ['svg|a', 'Selectors with explicit namespaces are not supported.'],
    ]) {
      throws(() => new HTMLRewriter().on(selector, {}), { name: 'TypeError', message: `Parser error: ${message}` });
    }
    throws(() => new HTMLRewriter().on('a'), {
      message: "Failed to execute 'on' on 'HTMLRewriter': parameter 2 is not of type 'ElementContentHandlers'.",
    });
    throws(() => new HTMLRewriter().on('a', { element: 1 }), {
      message: "Incorrect type for the 'element' field on 'ElementContentHandlers': the provided value is not of type 'function'.",
    });
    throws(() => new HTMLRewriter().transform(Response.error()), {
      message: 'HTMLRewriter cannot transform an error response',
    });
    for (const [charset, message] of [
      ['none', 'Unknown character encoding has been provided.'],
      ['utf-16', 'Expected ASCII-compatible encoding.'],
    ]) {
      const response = new Response('x', { headers: { 'content-type': `text/html; charset=${charset}` } });
      throws(() => new HTMLRewriter().transform(response), { name: 'TypeError', message: `Parser error: ${message}` });
      strictEqual(response.bodyUsed, false);
    }
    await rewrite('<img>', {
      element(element) {
        throws(() => element.onEndTag(() => {}), { name: 'TypeError', message: 'Parser error: No end tag.' });
        throws(() => { element.tagName = ''; }, { message: "Parser error: Tag name can't be empty." });
        throws(() => element.setAttribute('a=', ''), {
          message: 'Parser error: `=` character is forbidden in the attribute name',
        });
        const attributes = element.attributes;
        element.setAttribute('a', '');
        throws(() => attributes.next(), /modified during iteration/);
      },
    });
    await rejects(rewrite(`<a ${'x'.repeat(4 << 20)}`, { element() {} }), {
      name: 'TypeError',
      message: 'Parser error: The memory limit has been exceeded.',
    });
  },
};

export const exceptions = {
  async test() {
    let calls = 0;
    await rejects(rewrite('<a><b>', { element() { calls++; throw new RangeError('thrown'); } }), {
      name: 'RangeError',
      message: 'thrown',
    });
    strictEqual(calls, 1);
    await rejects(rewrite('<a>', { async element() { throw new DOMException('rejected', 'AbortError'); } }), {
      name: 'AbortError',
      message: 'rejected',
    });
  },
};

// The next handler runs when the reader has taken what came before.
export const backPressure = {
  async test() {
    let calls = 0;
    const response = transform('<a>'.repeat(10), { element() { calls++; } });
    await scheduler.wait(5);
    strictEqual(calls, 2);
    await response.body.cancel();
    await scheduler.wait(1);
    strictEqual(calls, 2);
  },
};

export const responses = {
  async test() {
    const empty = new Response(null);
    strictEqual(new HTMLRewriter().transform(empty), empty);
    const response = new Response('a', { status: 201, statusText: 'b', headers: { c: 'd' } });
    const transformed = new HTMLRewriter().transform(response);
    notStrictEqual(transformed, response);
    deepStrictEqual([transformed.status, transformed.statusText, transformed.headers.get('c')], [201, 'b', 'd']);
    deepStrictEqual([response.bodyUsed, response.body.locked], [true, true]);
    throws(() => new HTMLRewriter().transform(response), {
      name: 'TypeError',
      message: 'The ReadableStream has been locked to a reader.',
    });
  },
};
