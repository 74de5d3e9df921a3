// The submitter; see load.mjs for what it is asked.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import { inFlight, serve } from './load.mjs';

const socket = process.argv[2];
const queue = new Queue('repairs', { connection: { path: socket } });
const worker = fork(fileURLToPath(new URL('worker.mjs', import.meta.url)), [socket]);
const waiting = new Map();
let left = 0;
let keys = 0;
let onEmpty = () => {};
let onReady = () => {};
let onCpu = () => {};

worker.on('message', (said) => {
  if (said.ready) onReady();
  if (said.cpu) onCpu(said.cpu);
  if (said.key !== undefined) waiting.get(said.key)?.();
  if (said.counted) {
    left -= said.counted;
    if (left === 0) onEmpty();
  }
});

const workerCpu = () => new Promise((done) => {
  onCpu = (cpu) => done(cpu.user + cpu.system);
  worker.send('cpu');
});

async function once() {
  const key = keys++;
  const completed = new Promise((done) => waiting.set(key, done));
  await queue.add('repair', { key });
  await completed;
  waiting.delete(key);
}

async function loaded(count, most) {
  left = count;
  const empty = new Promise((done) => { onEmpty = done; });
  await inFlight(count, most, (number) => queue.add('repair', { number }));
  await empty;
}

await Promise.all([queue.waitUntilReady(), new Promise((done) => { onReady = done; })]);
await serve({ once, loaded, workerCpu });
process.exit(0);
