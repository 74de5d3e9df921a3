// How jobs of a rival in Node are submitted. Takes one JSON line a measurement on standard input,
// answers with one.
//   {"how":"loaded","count":N,"inFlight":64}   submits ahead, answers when all are completed
//   {"how":"closed","count":N,"inFlight":64}   submits the next when one is completed
//   {"how":"alone","count":N}                  the next is submitted when the last is completed
//   {"how":"paced","count":N,"perSecond":R}    open loop; a job's clock starts when it was due
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const now = () => performance.now();

// Runs `act(i)` for each i below `count`, with so many under way.
export async function inFlight(count, most, act) {
  let next = 0;
  const lane = async () => { while (next < count) await act(next++); };
  await Promise.all(Array.from({ length: most }, lane));
}

async function timed(from, act, took) {
  await act();
  took.push(now() - from);
}

async function closed(once, count, most) {
  const took = [];
  await inFlight(count, most, () => timed(now(), once, took));
  return took;
}

async function paced(once, count, perSecond) {
  const took = [];
  const all = [];
  const begin = now();
  for (let i = 0; i < count; i++) {
    const due = begin + (i * 1000) / perSecond;
    if (due > now()) await sleep(due - now());
    all.push(timed(due, once, took));
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

// `once` does one job and waits for it; `loaded(count, inFlight)` submits many and waits for all;
// `workerCpu` says the CPU time of the worker's process so far, in microseconds.
export async function serve({ once, loaded, workerCpu = async () => 0 }) {
  const ways = {
    loaded: async (asked) => { await loaded(asked.count, asked.inFlight); return []; },
    closed: (asked) => closed(once, asked.count, asked.inFlight),
    alone: (asked) => closed(once, asked.count, 1),
    paced: (asked) => paced(once, asked.count, asked.perSecond),
  };
  const cpu = async () => {
    const own = process.cpuUsage();
    return [own.user + own.system, await workerCpu()];
  };
  console.log(JSON.stringify({ ready: true }));
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    const from = now();
    const before = await cpu();
    const took = await ways[asked.how](asked);
    const seconds = (now() - from) / 1000;
    const after = await cpu();
    console.log(JSON.stringify({
      repairs: asked.count, per_second: asked.count / seconds, ...percentiles(took),
      client_cpu_us: (after[0] - before[0]) / asked.count,
      worker_cpu_us: (after[1] - before[1]) / asked.count,
    }));
  }
}
