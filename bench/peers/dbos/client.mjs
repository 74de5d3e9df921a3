// A repair as a workflow of four durable steps that do nothing, in the submitter's process; see
// load.mjs for what it is asked.
import { DBOS } from '@dbos-inc/dbos-sdk';
import { inFlight, serve } from './load.mjs';

const step = (name) => DBOS.runStep(async () => ({ ok: true }), { name });

async function repair() {
  await step('authorize');
  await step('execute');
  const validated = await step('validate');
  await step('audit');
  return validated.ok;
}

DBOS.setConfig({
  name: 'sideband-bench', systemDatabaseUrl: process.argv[2], systemDatabasePoolSize: 20,
  logLevel: 'error', runAdminServer: false, tracingEnabled: false,
});
const workflow = DBOS.registerWorkflow(repair, { name: 'repair' });
await DBOS.launch();
const once = async () => (await DBOS.startWorkflow(workflow)()).getResult();
await serve({ once, loaded: (count, most) => inFlight(count, most, once) });
await DBOS.shutdown();
process.exit(0);
