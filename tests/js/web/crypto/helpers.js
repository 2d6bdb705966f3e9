import { rejects } from 'node:assert';

export const subtle = crypto.subtle;

/** `size` bytes that are all `value`. */
export const bytes = (size, value = 0) => new Uint8Array(size).fill(value);

export const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');

export const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

/** That each attempt fails, with the name and text that go before it. Long ago some failed at once. */
export async function refused(cases) {
  for (const [name, message, attempt] of cases) await rejects(async () => attempt(), { name, message });
}
