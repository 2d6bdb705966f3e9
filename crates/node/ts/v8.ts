// node:v8: nothing of the engine is shown.

import { methodNotImplemented } from 'node-internal:internal_errors';
import { addMissingMethods, missing, missingMembers } from 'node-internal:unsupported';
import { validateBoolean, validateFunction, validateObject, validateOneOf, validateString, validateUint32 } from 'node-internal:validators';

export class Serializer {
  constructor() {
    throw methodNotImplemented('Serializer');
  }
}
addMissingMethods(Serializer.prototype, {
  writeHeader: 0,
  writeValue: 1,
  releaseBuffer: 0,
  transferArrayBuffer: 2,
  writeUint32: 1,
  writeUint64: 2,
  writeDouble: 1,
  writeRawBytes: 1,
  _getDataCloneError: 1,
  _getSharedArrayBufferId: 1,
  _setTreatArrayBufferViewsAsHostObjects: 1,
  _writeHostObject: 1,
});

export class Deserializer {
  constructor(_buffer: unknown) {
    throw methodNotImplemented('Deserializer');
  }
}
addMissingMethods(Deserializer.prototype, {
  readHeader: 0,
  readValue: 0,
  transferArrayBuffer: 2,
  getWireFormatVersion: 0,
  readUint32: 0,
  readUint64: 0,
  readDouble: 0,
  readRawBytes: 1,
  _readHostObject: 0,
});

export class DefaultSerializer extends Serializer {}

export class DefaultDeserializer extends Deserializer {
  constructor(buffer: unknown) {
    super(buffer);
  }
}

export class GCProfiler {}
addMissingMethods(GCProfiler.prototype, { start: 0, stop: 0 }, 'GCProfiler.');

export const deserialize = missing('deserialize', 1);
export const serialize = missing('serialize', 1);
export const stopCoverage = missing('stopCoverage');
export const takeCoverage = missing('takeCoverage');

function validateSnapshotOptions(options: any): void {
  if (options === undefined) return;
  validateObject(options, 'options');
  for (const name of ['exposeInternals', 'exposeNumericValues'] as const) {
    if ((options as any)[name] !== undefined) validateBoolean((options as any)[name], `options.${name}`);
  }
}

export function getHeapSnapshot(options?: unknown): never {
  validateSnapshotOptions(options);
  throw methodNotImplemented('getHeapSnapshot');
}
Object.defineProperty(getHeapSnapshot, 'length', { value: 0 });

export function writeHeapSnapshot(filename: unknown, options?: unknown): never {
  if (filename !== undefined) validateString(filename, 'filename');
  validateSnapshotOptions(options);
  throw methodNotImplemented('writeHeapSnapshot');
}
Object.defineProperty(writeHeapSnapshot, 'length', { value: 1 });

export function cachedDataVersionTag(): number {
  return 0;
}

function zeros(names: string): Record<string, any> {
  return Object.fromEntries(names.split(/\s+/).map((name) => [name, 0]));
}

export function getHeapStatistics(): object {
  return zeros(`total_heap_size total_heap_size_executable total_physical_size total_available_size used_heap_size
    heap_size_limit malloced_memory peak_malloced_memory does_zap_garbage number_of_native_contexts
    number_of_detached_contexts total_global_handles_size used_global_handles_size external_memory
    total_allocated_bytes`);
}

export function getHeapSpaceStatistics(): object[] {
  return [];
}

export function getHeapCodeStatistics(): object {
  return zeros('code_and_metadata_size bytecode_and_metadata_size external_script_source_size cpu_profiler_metadata_size');
}

export function getCppHeapStatistics(type: unknown = 'detailed'): object {
  validateOneOf(type, 'type', ['brief', 'detailed']);
  return {
    ...zeros('committed_size_bytes resident_size_bytes used_size_bytes'),
    space_statistics: [],
    type_names: [],
    detail_level: type,
  };
}

export function setFlagsFromString(flags: unknown): never {
  validateString(flags, 'flags');
  throw methodNotImplemented('setFlagsFromString');
}

export function setHeapSnapshotNearHeapLimit(limit: unknown): never {
  validateUint32(limit, 'limit', true);
  throw methodNotImplemented('setHeapSnapshotNearHeapLimit');
}

export function isStringOneByteRepresentation(content: unknown): never {
  validateString(content, 'content');
  throw methodNotImplemented('isStringOneByteRepresentation');
}

export function queryObjects(constructor: unknown, options: any = {}): never {
  validateFunction(constructor, 'constructor');
  validateObject(options, 'options');
  const { format } = options as any;
  if (format !== undefined) validateOneOf(format, 'options.format', ['count', 'summary']);
  throw methodNotImplemented('queryObjects');
}

export const promiseHooks = missingMembers(
  { createHook: 1, onInit: 1, onBefore: 1, onAfter: 1, onSettled: 1 },
  'promiseHooks.'
);

export const startupSnapshot: Record<string, any> = {
  ...missingMembers(
    { addSerializeCallback: 2, addDeserializeCallback: 2, setDeserializeMainFunction: 2 },
    'startupSnapshot.'
  ),
  isBuildingSnapshot() {
    return false;
  },
};

export default {
  cachedDataVersionTag,
  getHeapSnapshot,
  getHeapStatistics,
  getHeapSpaceStatistics,
  getHeapCodeStatistics,
  getCppHeapStatistics,
  setFlagsFromString,
  Serializer,
  Deserializer,
  DefaultSerializer,
  DefaultDeserializer,
  deserialize,
  takeCoverage,
  stopCoverage,
  serialize,
  writeHeapSnapshot,
  promiseHooks,
  queryObjects,
  startupSnapshot,
  setHeapSnapshotNearHeapLimit,
  GCProfiler,
  isStringOneByteRepresentation,
};
