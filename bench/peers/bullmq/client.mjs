// The submitter. Takes one JSON line a measurement on standard input, answers with one.
//   {"how":"loaded","count":N,"inFlight":64}   adds one by one; answers when all are completed
//   {"how":"closed","count":N,"inFlight":64}   adds the next when one is completed
//   {"how":"alone","count":N}                  the next is added when the last is completed
//   {"how":"paced","count":N,"perSecond":R}    open loop; a job's clock starts when it was due
import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';

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

const now = () => performance.now();
const us = (cpu) => cpu.user + cpu.system;
const workerCpu = () => new Promise((done) => {
  onCpu = (cpu) => done(us(cpu));
  worker.send('cpu');
});

async function once() {
  const key = keys++;
  const completed = new Promise((done) => waiting.set(key, done));
  await queue.add('repair', { key });
  await completed;
  waiting.delete(key);
}

async function loaded({ count, inFlight }) {
  left = count;
  const empty = new Promise((done) => { onEmpty = done; });
  let next = 0;
  const lane = async () => { while (next < count) await queue.add('repair', { number: next++ }); };
  await Promise.all(Array.from({ length: inFlight }, lane));
  await empty;
  return [];
}

async function closed({ count, inFlight }) {
  const took = [];
  let next = 0;
  const lane = async () => {
    while (next++ < count) {
      const from = now();
      await once();
      took.push(now() - from);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return took;
}

const alone = ({ count }) => closed({ count, inFlight: 1 });

async function paced({ count, perSecond }) {
  const took = [];
  const all = [];
  const begin = now();
  for (let i = 0; i < count; i++) {
    const due = begin + (i * 1000) / perSecond;
    if (due > now()) await sleep(due - now());
    all.push(once().then(() => took.push(now() - due)));
  }
  await Promise.all(all);
  return took;
}

function percentiles(took) {
  if (took.length === 0) return {};
  took.sort((a, b) => a - b);
  const at = (share) => took[Math.floor(share * (took.length - 1))];
  return { p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99) };
}

async function measure(asked) {
  const from = now();
  const cpu = [us(process.cpuUsage()), await workerCpu()];
  const took = await { loaded, closed, alone, paced }[asked.how](asked);
  const seconds = (now() - from) / 1000;
  const used = [us(process.cpuUsage()) - cpu[0], (await workerCpu()) - cpu[1]];
  return {
    repairs: asked.count, per_second: asked.count / seconds, ...percentiles(took),
    client_cpu_us: used[0] / asked.count, worker_cpu_us: used[1] / asked.count,
  };
}

await Promise.all([queue.waitUntilReady(), new Promise((done) => { onReady = done; })]);
console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await measure(JSON.parse(line))));
}
process.exit(0);
