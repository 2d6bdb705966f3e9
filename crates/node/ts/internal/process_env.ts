// `process.env`: text, copied from the Worker's bindings of text and JSON where the flags say so.

import * as host from 'node-internal:host';
import { coded } from 'node-internal:internal_errors';

/** A binding as text; undefined for what is no data. */
function asText(value: any): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
      return JSON.stringify(value);
    case 'object': {
      if (value === null || Array.isArray(value)) return JSON.stringify(value);
      return Object.getPrototypeOf(value) === Object.prototype ? JSON.stringify(value) : undefined;
    }
    default:
      return undefined;
  }
}

function populate(): Record<string, string> {
  const variables: Record<string, string> = {};
  if (!host.flag('nodejs_compat_populate_process_env')) return variables;
  const bindings = host.bindings() ?? {};
  for (const name of Object.keys(bindings)) {
    const text = asText(bindings[name]);
    if (text !== undefined) variables[name] = text;
  }
  return variables;
}

function noSymbol(): TypeError {
  return new TypeError('Cannot convert a Symbol value to a string');
}

export const env: Record<string, string> = new Proxy(populate(), {
  set(target, name, value) {
    if (typeof name === 'symbol' || typeof value === 'symbol') throw noSymbol();
    return Reflect.set(target, name, `${value}`);
  },
  defineProperty(target, name, descriptor) {
    if (typeof name === 'symbol') throw noSymbol();
    if ('get' in descriptor || 'set' in descriptor) {
      throw coded(TypeError, 'ERR_INVALID_ARG_VALUE', "'process.env' does not accept an accessor(getter/setter) descriptor");
    }
    if (!('value' in descriptor)) {
      throw coded(TypeError, 'ERR_INVALID_ARG_VALUE', "'process.env' only accepts a configurable, writable, and enumerable data descriptor");
    }
    const existing = Reflect.getOwnPropertyDescriptor(target, name);
    const { configurable, writable, enumerable } = existing === undefined ? descriptor : { ...existing, ...descriptor };
    if (!configurable || !writable || !enumerable) {
      throw coded(TypeError, 'ERR_INVALID_ARG_VALUE', "'process.env' only accepts a configurable, writable, and enumerable data descriptor");
    }
    return Reflect.defineProperty(target, name, {
      value: `${descriptor.value}`,
      configurable: true,
      writable: true,
      enumerable: true,
    });
  },
});
