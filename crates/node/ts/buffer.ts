// node:buffer

export {
  atob,
  Blob,
  btoa,
  Buffer,
  constants,
  default,
  File,
  INSPECT_MAX_BYTES,
  isAscii,
  isUtf8,
  kMaxLength,
  kStringMaxLength,
  resolveObjectURL,
  SlowBuffer,
  transcode,
} from 'node-internal:internal_buffer';
