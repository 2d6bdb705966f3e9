// `node:module`.

import * as host from 'node-internal:host';
import { coded, methodNotImplemented } from 'node-internal:internal_errors';

// Of the real workerd's newest date, whatever the flags of this Worker.
const NAMES = `_http_agent _http_client _http_common _http_incoming _http_outgoing _http_server _stream_duplex
  _stream_passthrough _stream_readable _stream_transform _stream_wrap _stream_writable _tls_common
  _tls_wrap assert assert/strict async_hooks buffer child_process cluster console constants crypto
  dgram diagnostics_channel dns dns/promises domain events fs fs/promises http http2 https inspector
  inspector/promises module net os path path/posix path/win32 perf_hooks process punycode querystring
  readline readline/promises repl stream stream/consumers stream/promises stream/web string_decoder
  sys timers timers/promises tls trace_events tty url util util/types v8 vm wasi worker_threads zlib`;

const WRONG_PATH = 'The argument must be a file URL object, a file URL string, or an absolute path string.';

function createRequire(path: any): any {
  let target: string | undefined;
  if (typeof path === 'string' && path.startsWith('/')) target = path;
  else if (path instanceof URL || (typeof path === 'string' && path.startsWith('file:'))) target = filePath(path);
  if (target === undefined) {
    throw coded(TypeError, 'ERR_INVALID_ARG_VALUE', `The argument 'path' ${WRONG_PATH}. Received '${path}'`);
  }
  if (host.flag('new_module_registry')) {
    const { href } = new URL(path, 'file:///');
    return (specifier: unknown) => host.require(`${specifier}`, href);
  }
  // The paths of modules have no slash at the start.
  const referrer = target.replace(/^\/(?:bundle\/)?/, '');
  return (specifier: unknown) => host.require(`${specifier}`, referrer);
}

function filePath(url: URL | string): string | undefined {
  const parsed = new URL(url);
  if (parsed.protocol === 'file:' && !host.flag('new_module_registry') && (parsed.search || parsed.hash)) {
    throw new Error('The specifier must not have query string parameters or hash fragments.');
  }
  return parsed.protocol === 'file:' ? decodeURIComponent(parsed.pathname) : undefined;
}

function isBuiltin(id: any): boolean {
  return host.isBuiltin(`${id}`);
}

const MISSING = `register findPackageJSON stripTypeScriptTypes findSourceMap SourceMap setSourceMapsSupport runMain
  syncBuiltinESMExports wrap _debug _findPath _initPaths _load _preloadModules _resolveFilename _resolveLookupPaths
  _nodeModulePaths registerHooks`;

class Module {
  constructor() {
    throw methodNotImplemented('module.Module');
  }
}
for (const name of ['load', 'require', '_compile']) {
  const method = {
    [name]: function () {
      throw methodNotImplemented(`module.${name}`);
    },
  };
  Object.defineProperty(Module.prototype, name, { value: method[name], writable: true, enumerable: true, configurable: true });
}

Object.defineProperty(Module.prototype, 'isPreloading', {
  get() {
    return false;
  },
});

function extension(name: string): Function {
  const handler = {
    [name]() {
      throw methodNotImplemented(`module._extensions${name}`);
    },
  };
  return handler[name]!;
}

function nulled<T extends object>(entries: T): T {
  return Object.assign(Object.create(null), entries);
}

const extensions = { '.js': extension('.js'), '.json': extension('.json'), '.node': extension('.node') };

/** What a function that `createRequire()` gives should have, this function has. */
const ofRequire: Record<string, unknown> = {
  resolve: unsupported('resolve'),
  paths: unsupported('resolve.paths'),
  cache: Object.create(null),
  extensions,
  main: undefined,
};
for (const name of Object.keys(ofRequire)) {
  Object.defineProperty(createRequire, name, { value: ofRequire[name], writable: true, enumerable: true });
}

function unsupported(name: string): Function {
  const property = {
    value() {
      throw methodNotImplemented(`module.createRequire.${name}`);
    },
  };
  return property.value;
}

const members: Record<string, unknown> = {
  builtinModules: NAMES.split(/\s+/),
  constants: Object.freeze(nulled({ compileCacheStatus: nulled({ FAILED: 0, ENABLED: 1, ALREADY_ENABLED: 2, DISABLED: 3 }) })),
  createRequire,
  isBuiltin,
  enableCompileCache: function enableCompileCache() {},
  flushCompileCache: function flushCompileCache() {},
  getCompileCacheDir: function getCompileCacheDir() {},
  getSourceMapsSupport: function getSourceMapsSupport() {
    return nulled({ enabled: false, nodeModules: false, generatedCode: false });
  },
  globalPaths: [],
  _cache: Object.create(null),
  _pathCache: Object.create(null),
  _extensions: extensions,
  Module,
};
for (const name of MISSING.split(/\s+/)) {
  const missing = {
    [name]: function () {
      throw methodNotImplemented(`module.${name}`);
    },
  };
  members[name] = missing[name];
}
for (const name of Object.keys(members)) {
  Object.defineProperty(Module, name, { value: members[name], writable: true, enumerable: true });
}

export default Module as any;
