// The predicates of node:util/types, but for those about keys.
//
// As in the real workerd they are bound functions without parameters, named "bound isMap" and so on.

import { functionBind, typedArrayTag } from 'node-internal:primordials';
import * as natives from 'node-internal:util_natives';

type Predicate = (value: unknown) => boolean;

function bound(name: string, test: Predicate): Predicate {
  const named = {
    [name](): boolean {
      return test(arguments[0]);
    },
  };
  return functionBind(named[name], undefined);
}

function typedArray(tag: string): Predicate {
  return bound(`is${tag}`, (value) => typedArrayTag(value) === tag);
}

export const isArgumentsObject = bound('isArgumentsObject', natives.isArgumentsObject);
export const isArrayBuffer = bound('isArrayBuffer', natives.isArrayBuffer);
export const isAsyncFunction = bound('isAsyncFunction', natives.isAsyncFunction);
export const isBigIntObject = bound('isBigIntObject', natives.isBigIntObject);
export const isBooleanObject = bound('isBooleanObject', natives.isBooleanObject);
export const isDataView = bound('isDataView', natives.isDataView);
export const isDate = bound('isDate', natives.isDate);
export const isExternal = bound('isExternal', natives.isExternal);
export const isGeneratorFunction = bound('isGeneratorFunction', natives.isGeneratorFunction);
export const isGeneratorObject = bound('isGeneratorObject', natives.isGeneratorObject);
export const isMap = bound('isMap', natives.isMap);
export const isMapIterator = bound('isMapIterator', natives.isMapIterator);
export const isModuleNamespaceObject = bound('isModuleNamespaceObject', natives.isModuleNamespaceObject);
export const isNativeError = bound('isNativeError', natives.isNativeError);
export const isNumberObject = bound('isNumberObject', natives.isNumberObject);
export const isPromise = bound('isPromise', natives.isPromise);
export const isProxy = bound('isProxy', natives.isProxy);
export const isRegExp = bound('isRegExp', natives.isRegExp);
export const isSet = bound('isSet', natives.isSet);
export const isSetIterator = bound('isSetIterator', natives.isSetIterator);
export const isSharedArrayBuffer = bound('isSharedArrayBuffer', natives.isSharedArrayBuffer);
export const isStringObject = bound('isStringObject', natives.isStringObject);
export const isSymbolObject = bound('isSymbolObject', natives.isSymbolObject);
export const isWeakMap = bound('isWeakMap', natives.isWeakMap);
export const isWeakSet = bound('isWeakSet', natives.isWeakSet);

export const isBigInt64Array = typedArray('BigInt64Array');
export const isBigUint64Array = typedArray('BigUint64Array');
export const isFloat16Array = typedArray('Float16Array');
export const isFloat32Array = typedArray('Float32Array');
export const isFloat64Array = typedArray('Float64Array');
export const isInt8Array = typedArray('Int8Array');
export const isInt16Array = typedArray('Int16Array');
export const isInt32Array = typedArray('Int32Array');
export const isUint8Array = typedArray('Uint8Array');
export const isUint8ClampedArray = typedArray('Uint8ClampedArray');
export const isUint16Array = typedArray('Uint16Array');
export const isUint32Array = typedArray('Uint32Array');

export const isTypedArray = bound('isTypedArray', (value) => typedArrayTag(value) !== undefined);
export const isArrayBufferView = bound(
  'isArrayBufferView',
  (value) => typedArrayTag(value) !== undefined || natives.isDataView(value)
);
export const isAnyArrayBuffer = bound(
  'isAnyArrayBuffer',
  (value) => natives.isArrayBuffer(value) || natives.isSharedArrayBuffer(value)
);
export const isBoxedPrimitive = bound(
  'isBoxedPrimitive',
  (value) =>
    natives.isNumberObject(value) ||
    natives.isStringObject(value) ||
    natives.isBooleanObject(value) ||
    natives.isBigIntObject(value) ||
    natives.isSymbolObject(value)
);
