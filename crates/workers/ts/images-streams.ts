// Streams of the images binding: base64 to bytes and back, and forms whose files are streams.

const { fromBase64 } = Uint8Array as any;
const { toBase64 } = Uint8Array.prototype as any;

type Part = { name: string; text: string } | { name: string; file: unknown };

/** Writes to a stream while it is read; what fails on the way breaks it. */
function streamed(write: (to: (bytes: Uint8Array) => Promise<void>) => Promise<void>): ReadableStream {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const run = async (): Promise<void> => {
    try {
      await write((bytes) => writer.write(bytes));
      await writer.close();
    } catch (error) {
      await writer.abort(error);
    }
  };
  run().catch(() => {});
  return readable;
}

function bytesOf(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return new TextEncoder().encode(chunk);
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return new Uint8Array(chunk as ArrayBuffer);
}

/** The bytes of a stream of base64. */
export function decoded(stream: ReadableStream): ReadableStream {
  const texts = stream.pipeThrough(new TextDecoderStream());
  return streamed(async (write) => {
    let rest = '';
    for await (const text of texts as any) {
      const all = rest + text;
      const whole = all.length - (all.length % 4);
      rest = all.slice(whole);
      if (whole > 0) await write(fromBase64.call(Uint8Array, all.slice(0, whole)));
    }
    if (rest !== '') throw new Error('base64 error: Bytes left over when flushing controller');
  });
}

/** The base64 of a stream of bytes, as bytes. */
export function encoded(stream: ReadableStream): ReadableStream {
  const encoder = new TextEncoder();
  return streamed(async (write) => {
    let rest = new Uint8Array();
    for await (const chunk of stream as any) {
      const bytes = bytesOf(chunk);
      const all = new Uint8Array(rest.length + bytes.length);
      all.set(rest);
      all.set(bytes, rest.length);
      const whole = all.length - (all.length % 3);
      rest = all.subarray(whole);
      if (whole > 0) await write(encoder.encode(toBase64.call(all.subarray(0, whole))));
    }
    if (rest.length > 0) await write(encoder.encode(toBase64.call(rest)));
  });
}

function sourceOf(file: unknown): ReadableStream {
  if (file instanceof ReadableStream) return file;
  return new Response(file === null || file === undefined ? String(file) : (file as any)).body!;
}

/** A request's body and headers that are such a form (RFC 7578). */
export function formOf(parts: Part[]): { body: ReadableStream; headers: Record<string, string> } {
  const digits = Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => byte % 10).join('');
  const boundary = '-'.repeat(26) + digits;
  const encoder = new TextEncoder();
  const body = streamed(async (write) => {
    for (const part of parts) {
      const disposition = `--${boundary}\r\ncontent-disposition: form-data; name="${part.name}"`;
      if ('text' in part) {
        await write(encoder.encode(`${disposition}\r\n\r\n${part.text}\r\n`));
        continue;
      }
      await write(encoder.encode(`${disposition}; filename="${part.name}"\r\n\r\n`));
      for await (const chunk of sourceOf(part.file) as any) await write(bytesOf(chunk));
      await write(encoder.encode('\r\n'));
    }
    await write(encoder.encode(`--${boundary}--\r\n`));
  });
  return { body, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } };
}
