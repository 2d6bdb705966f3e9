// node:stream/consumers: everything that a stream gives, at once.

import { Buffer } from 'node-internal:internal_buffer';

async function blob(stream: any): Promise<Blob> {
  const chunks: any[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return new Blob(chunks);
}

async function arrayBuffer(stream: any): Promise<ArrayBuffer> {
  return (await blob(stream)).arrayBuffer();
}

async function buffer(stream: any): Promise<any> {
  return Buffer.from(await arrayBuffer(stream));
}

async function text(stream: any): Promise<string> {
  const decoder = new TextDecoder();
  let result = '';
  for await (const chunk of stream) {
    result += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
  }
  return result + decoder.decode();
}

async function json(stream: any): Promise<unknown> {
  return JSON.parse(await text(stream));
}

export { arrayBuffer, blob, buffer, json, text };
export default { arrayBuffer, blob, buffer, text, json };
