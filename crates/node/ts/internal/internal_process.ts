// `process` with `enable_nodejs_process_v2`.

import { ok } from 'node-internal:internal_assert';
import * as host from 'node-internal:host';
import { EventEmitter } from 'node-internal:events';
import { coded, invalidArgType, invalidArgValue, methodNotImplemented, outOfRange } from 'node-internal:internal_errors';
import { systemError } from 'node-internal:system_errors';
import { exitWith, features, getBuiltinModule, nextTick, platform } from 'node-internal:process_common';
import { parseEnv } from 'node-internal:parse_env';
import { config } from 'node-internal:process_config';
import { env } from 'node-internal:process_env';
import { makeWarning } from 'node-internal:process_warnings';
import { sink } from 'node-internal:warnings';
import { changeDirectory, currentDirectory } from 'node-internal:working_directory';

const NODE_22 = '22.23.4';
const NODE_24 = '24.22.2';
const nodeVersion = host.flag('nodejs_process_version_24') ? NODE_24 : NODE_22;

// Parts that Node is made of and we are not.
const PARTS = `v8 modules zlib brotli zstd ares napi llhttp nghttp2 acorn ada simdutf nbytes ncrypto uvwasi uv openssl
  sqlite icu undici simdjson unicode cldr tz cjs_module_lexer amaro merve`;
const versions: Record<string, string> = Object.create(Object.create(Object.prototype));
versions.node = nodeVersion;
for (const part of PARTS.split(/\s+/)) versions[part] = '';

function refuse(name: string): never {
  throw methodNotImplemented(`process.${name}`);
}

/** Only the user and group 0 exist. */
function onlyRoot(id: unknown): void {
  if (id !== 0) throw notPermitted();
}

function notPermitted(): Error {
  const [errno, text] = systemError('EPERM');
  return Object.assign(coded(Error, 'EPERM', text), { errno });
}

function hrtime(time?: [number, number]): [number, number] {
  const now = Date.now();
  let seconds = Math.trunc(now / 1000);
  let nanoseconds = Math.trunc((now % 1000) * 1_000_000);
  if (time !== undefined) {
    if (!Array.isArray(time)) throw invalidArgType('time', 'tuple of integers', time);
    if (time.length !== 2) throw outOfRange('time', '2', time);
    seconds -= time[0];
    nanoseconds -= time[1];
    if (nanoseconds < 0) {
      seconds--;
      nanoseconds += 1_000_000_000;
    }
  }
  return [seconds, nanoseconds];
}
hrtime.bigint = function bigint(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
};

function emitWarning(warning: any, type?: any, code?: any, constructor?: any): void {
  const made: any = makeWarning(warning, type, code, constructor, emitWarning);
  if (made.name === 'DeprecationWarning') {
    if (process.noDeprecation) return;
    if (process.throwDeprecation) {
      queueMicrotask(() => {
        throw made;
      });
      return;
    }
  }
  queueMicrotask(() => process.emit('warning', made));
}

function umask(mask?: any): number {
  if (mask !== undefined) {
    const reason = 'must be a 32-bit unsigned integer or an octal string';
    if (typeof mask === 'string') {
      if (!/^[0-7]+$/.test(mask) || parseInt(mask, 8) > 0xffffffff) throw invalidArgValue('mask', mask, reason);
    } else if (typeof mask === 'number') {
      if (!Number.isInteger(mask) || mask < 0 || mask > 0xffffffff) throw invalidArgValue('mask', mask, reason);
    } else {
      throw invalidArgType('mask', ['number', 'string'], mask);
    }
  }
  return 0o022;
}
Object.defineProperty(umask, 'length', { value: 1 });

function loadEnvFile(path: any = '.env'): void {
  const { readFileSync } = getBuiltinModule('fs');
  Object.assign(env, parseEnv(readFileSync(path instanceof URL ? path : path.toString(), 'utf8')));
}

function zeros(names: string): Record<string, number> {
  return Object.fromEntries(names.split(' ').map((name) => [name, 0]));
}

const assert = host.flag('remove_nodejs_compat_eol_v23') ? undefined : (ok as Function).bind(undefined);
if (assert) Object.defineProperties(assert, { name: { value: 'bound assert' }, length: { value: 2 } });
const cwd = currentDirectory.bind(undefined);
Object.defineProperty(cwd, 'name', { value: 'bound getCwd' });

const process: any = {
  assert,
  version: `v${nodeVersion}`,
  versions,
  title: 'workerd',
  argv: ['workerd'],
  argv0: 'workerd',
  execArgv: [],
  arch: 'x64',
  platform,
  config,
  pid: 1,
  ppid: 0,
  getegid: function getegid() {
    return 0;
  },
  getgid: function getgid() {
    return 0;
  },
  getgroups: function getgroups() {
    return [0];
  },
  geteuid: function geteuid() {
    return 0;
  },
  getuid: function getuid() {
    return 0;
  },
  setegid: function setegid(id: unknown) {
    onlyRoot(id);
  },
  setgid: function setgid(id: unknown) {
    onlyRoot(id);
  },
  setgroups: function setgroups(_groups: unknown) {
    throw notPermitted();
  },
  seteuid: function seteuid(id: unknown) {
    onlyRoot(id);
  },
  setuid: function setuid(id: unknown) {
    onlyRoot(id);
  },
  initgroups: function initgroups(_user: unknown, _group: unknown) {
    throw notPermitted();
  },
  setSourceMapsEnabled: function setSourceMapsEnabled(_enabled: unknown, _options: unknown) {},
  getSourceMapsSupport: function getSourceMapsSupport() {
    return { enabled: false, nodeModules: false, generatedCode: false };
  },
  nextTick,
  emitWarning,
  env,
  exit: function exit(code: unknown) {
    exitWith(code ?? process.exitCode);
  },
  abort: function abort() {
    exitWith(1);
  },
  getBuiltinModule,
  features,
  allowedNodeEnvironmentFlags: new Set(),
  kill: function kill(_pid: unknown, _signal: unknown) {
    refuse('kill');
  },
  ref: function ref() {},
  unref: function unref() {},
  chdir: function chdir(directory: string) {
    changeDirectory(directory);
  },
  cwd,
  umask,
  hrtime,
  uptime: function uptime() {
    return 0;
  },
  loadEnvFile,
  exitCode: undefined,
  channel: null,
  connected: false,
  binding: function binding(_name: unknown) {
    refuse('binding');
  },
  debugPort: 0,
  dlopen: function dlopen(_module: unknown, _filename: unknown, _flags: unknown) {
    refuse('dlopen');
  },
  finalization: {
    register() {
      refuse('finalization.register');
    },
    registerBeforeExit() {
      refuse('finalization.registerBeforeExit');
    },
    unregister() {
      refuse('finalization.unregister');
    },
  },
  getActiveResourcesInfo: function getActiveResourcesInfo() {
    refuse('getActiveResourcesInfo');
  },
  setUncaughtExceptionCaptureCallback: function setUncaughtExceptionCaptureCallback(_callback: unknown) {
    refuse('setUncaughtExceptionCaptureCallback');
  },
  hasUncaughtExceptionCaptureCallback: function hasUncaughtExceptionCaptureCallback() {
    refuse('hasUncaughtExceptionCaptureCallback');
  },
  memoryUsage: function memoryUsage() {
    return zeros('rss heapTotal heapUsed external arrayBuffers');
  },
  noDeprecation: false,
  permission: {
    has() {
      refuse('permission.has');
    },
  },
  release: { name: 'node', lts: true, sourceUrl: '', headersUrl: '' },
  report: {
    compact: false,
    directory: '',
    filename: '',
    getReport() {
      return {};
    },
    reportOnFatalError: false,
    reportOnSignal: false,
    reportOnUncaughtException: false,
    excludeNetwork: false,
    excludeEnv: false,
    signal: 'SIGUSR2',
    writeReport() {
      return '';
    },
  },
  resourceUsage: function resourceUsage() {
    return zeros(
      'userCPUTime systemCPUTime maxRSS sharedMemorySize unsharedDataSize unsharedStackSize minorPageFault ' +
        'majorPageFault swappedOut fsRead fsWrite ipcSent ipcReceived signalsCount voluntaryContextSwitches ' +
        'involuntaryContextSwitches'
    );
  },
  send: function send(_message: unknown, _handle: unknown) {
    return false;
  },
  traceDeprecation: false,
  throwDeprecation: false,
  sourceMapsEnabled: false,
  threadCpuUsage: function threadCpuUsage() {
    refuse('threadCpuUsage');
  },
  cpuUsage: function cpuUsage(_previous: unknown) {
    refuse('cpuUsage');
  },
  execPath: '',
  constrainedMemory: function constrainedMemory() {
    return 0;
  },
  availableMemory: function availableMemory() {
    return 0;
  },
  execve: function execve(_file: unknown, _args: unknown, _env: unknown) {
    refuse('execve');
  },
  openStdin: function openStdin() {
    return process.stdin;
  },
  _rawDebug: function _rawDebug(...args: unknown[]) {
    console.log(...args);
  },
  moduleLoadList: [],
  _linkedBinding: function _linkedBinding(_name: unknown) {
    refuse('_linkedBinding');
  },
  domain: null,
  _exiting: false,
  _getActiveRequests: function _getActiveRequests() {
    return [];
  },
  _getActiveHandles: function _getActiveHandles() {
    return [];
  },
  reallyExit: function reallyExit(code: unknown) {
    exitWith(code);
  },
  _kill: function _kill(_pid: unknown, _signal: unknown) {
    refuse('_kill');
  },
  _fatalException: function _fatalException(_error: unknown) {
    return false;
  },
  _tickCallback: function _tickCallback() {},
  _debugProcess: function _debugProcess(_pid: unknown) {},
  _debugEnd: function _debugEnd() {},
  _startProfilerIdleNotifier: function _startProfilerIdleNotifier() {},
  _stopProfilerIdleNotifier: function _stopProfilerIdleNotifier() {},
  _preload_modules: [],
  _disconnect: undefined,
  _handleQueue: undefined,
  _pendingMessage: undefined,
  _channel: undefined,
  _send: undefined,
};

Object.setPrototypeOf(process, EventEmitter.prototype);
EventEmitter.call(process);
Object.defineProperty(process, Symbol.toStringTag, { value: 'process', configurable: true });

// Standard streams are only made for those who ask.
for (const name of ['stdin', 'stdout', 'stderr']) {
  Object.defineProperty(process, name, {
    configurable: true,
    enumerable: true,
    get: () => host.load('node-internal:process_stdio')[name],
    set(value) {
      Object.defineProperty(process, name, { value, configurable: true, enumerable: true, writable: true });
    },
  });
}

const REJECTIONS: Record<string, (event: any) => void> = {
  unhandledRejection: (event) => process.emit('unhandledRejection', event.reason, event.promise),
  rejectionHandled: (event) => process.emit('rejectionHandled', event.promise),
};
const forwarded = new Set<string>();
process.on('newListener', (name: any) => {
  if (typeof name !== 'string' || !Object.hasOwn(REJECTIONS, name) || forwarded.has(name)) return;
  forwarded.add(name);
  addEventListener(name.toLowerCase(), REJECTIONS[name]! as any);
});
sink.emit = emitWarning;

export default process;
