const equal = (actual, expected) => {
  if (actual !== expected) throw new Error(`${actual} is not ${expected}`);
};

// Before `transformstream_enable_standard_constructor` all transform streams are identity streams.
export const identity = {
  async test() {
    const { readable, writable } = new TransformStream();
    equal(new TransformStream() instanceof IdentityTransformStream, false);
    const writer = writable.getWriter();
    writer.write(new TextEncoder().encode('bytes'));
    writer.close();
    equal(await new Response(readable).text(), 'bytes');
    equal('TransformStreamDefaultController' in globalThis, false);
    try {
      new WritableStream();
    } catch (error) {
      equal(
        error.message,
        'To use the new WritableStream() constructor, enable the streams_enable_constructors compatibility flag. ' +
          'Refer to the docs for more information: ' +
          'https://developers.cloudflare.com/workers/platform/compatibility-dates/#compatibility-flags'
      );
    }
  },
};
