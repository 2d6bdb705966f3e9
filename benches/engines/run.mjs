// Measures the web APIs of several engines side by side. With Node.js 20 or later:
//
//   OURS=<workerd> WORKERD=<the real one> NODE=<node> DENO=<deno> BUN=<bun> node benches/engines/run.mjs [FILTER]
//
// Engines without a variable are left out. Each engine is one process that answers requests to call a case so many times;
// what is timed is the request, from outside, since Workers' clocks stand still. The engines take turns, ROUNDS (7) times
// each, and the best round counts: whatever else the machine does only adds.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { cases } from './cases.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROUNDS = Number(process.env.ROUNDS ?? 7);
/** How long one request should take, in ms: far longer than its way there and back. */
const WANTED = Number(process.env.WANTED ?? 60);

const server = (port) => ['server.mjs', String(port)];
const serve = (port) => ['serve', 'worker.capnp', '--socket-addr', `http=127.0.0.1:${port}`];
const ENGINES = [
  { name: 'ours', variable: 'OURS', command: serve },
  { name: 'real workerd', variable: 'WORKERD', command: serve },
  { name: 'Node.js', variable: 'NODE', command: server },
  { name: 'Deno', variable: 'DENO', command: (port) => ['run', '--allow-all', ...server(port)] },
  { name: 'Bun', variable: 'BUN', command: server },
];

async function freePort() {
  const socket = createServer().listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

function ask(engine, name, count) {
  const path = `/?case=${encodeURIComponent(name)}&count=${count}`;
  const started = process.hrtime.bigint();
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: engine.port, path }, (response) => {
      response.resume();
      response.on('end', () => {
        const elapsed = Number(process.hrtime.bigint() - started);
        if (response.statusCode === 200) resolve(elapsed);
        else reject(new Error(`${engine.name}, ${name}: status ${response.statusCode}`));
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function start(engine) {
  engine.port = await freePort();
  const options = { cwd: HERE, stdio: ['ignore', 'ignore', 'inherit'] };
  engine.process = spawn(process.env[engine.variable], engine.command(engine.port), options);
  for (let attempt = 0; ; attempt++) {
    try {
      await ask(engine, 'new URL()', 1);
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** The number of calls that takes about WANTED, with the engine warm. */
async function calibrate(engine, name) {
  for (let count = 16; ; ) {
    // The better of two: one slow request would make the rest too short.
    const elapsed = Math.min(await ask(engine, name, count), await ask(engine, name, count)) / 1e6;
    if (elapsed >= WANTED / 2) return Math.max(1, Math.round((count * WANTED) / elapsed));
    count = Math.ceil(count * Math.min(8, (WANTED / elapsed) * 1.2));
  }
}

/** Nanoseconds a call, for each engine: the best request with calls less the best one without. */
async function measure(engines, name) {
  const runs = [];
  for (const engine of engines) {
    runs.push({ engine, count: await calibrate(engine, name), empty: Infinity, full: Infinity });
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const run of runs) {
      run.empty = Math.min(run.empty, await ask(run.engine, name, 0));
      run.full = Math.min(run.full, await ask(run.engine, name, run.count));
    }
  }
  return runs.map(({ count, empty, full }) => Math.max(0, full - empty) / count);
}

function time(nanoseconds) {
  if (nanoseconds < 1000) return `${nanoseconds.toFixed(0)} ns`;
  return `${(nanoseconds / 1000).toPrecision(3)} µs`;
}

const engines = ENGINES.filter((engine) => process.env[engine.variable]);
const filter = process.argv[2] ?? '';
try {
  await Promise.all(engines.map(start));
  console.log(`| case | ${engines.map((engine) => engine.name).join(' | ')} | real / ours |`);
  console.log(`| --- | ${engines.map(() => '---').join(' | ')} | --- |`);
  const [ours, real] = ['OURS', 'WORKERD'].map((wanted) => engines.findIndex((engine) => engine.variable === wanted));
  for (const name of Object.keys(cases).filter((name) => name.includes(filter))) {
    const best = await measure(engines, name);
    const ratio = ours >= 0 && real >= 0 ? (best[real] / best[ours]).toFixed(2) : '';
    console.log(`| ${name} | ${best.map(time).join(' | ')} | ${ratio} |`);
  }
} finally {
  for (const engine of engines) engine.process?.kill();
}
