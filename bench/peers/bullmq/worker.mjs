// The worker: records four steps in each job by updateData, the documented pattern, then completes.
// Tells the client of each job that has a key at once, of the others in counts.
import { Worker } from 'bullmq';

const STEPS = ['accepted', 'claimed', 'outcome', 'converged'];
let counted = 0;

async function repair(job) {
  for (const step of STEPS) await job.updateData({ ...job.data, step });
  return true;
}

const connection = { path: process.argv[2] };
const worker = new Worker('repairs', repair, { connection, concurrency: 50 });
worker.on('error', (error) => console.error(error.message));
worker.on('completed', (job) => {
  if (job.data.key === undefined) counted += 1;
  else process.send({ key: job.data.key });
});
setInterval(() => {
  if (counted > 0) process.send({ counted });
  counted = 0;
}, 10);

process.on('message', () => process.send({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit(0));
await worker.waitUntilReady();
process.send({ ready: true });
