// `npm run demo`: a newcomer's first five minutes. Brings up a cluster, installs and starts Sluice, and takes an application
// through a held update, two approved steps, a rollback, and an update while Sluice is down. Says what a user would type,
// shows what they would see, checks every claim, leaves nothing running.

import { down, kubectlPath, up } from '../cluster/local/cluster.ts';
import { Kubectl } from '../cluster/support/kubectl.ts';
import { deployment, ingress, rollout, service } from '../cluster/support/objects.ts';
import { Sluice } from '../cluster/support/sluice.ts';
import { bold, check, say, show, step } from './narrate.ts';
import { Demo } from './demo-steps.ts';

const NAME = `demo-${process.pid}`;
const IMAGE = 'cilium/echoserver';
const app = { namespace: 'default', name: 'echoserver' };

async function release(demo: Demo): Promise<void> {
  step('A new image, by plain kubectl apply');
  await demo.apply('deployment-1.10.3.yaml', deployment({ ...app, image: `${IMAGE}:1.10.3` }));
  await demo.held('1.10.3');
  step('Step 1: one new pod beside the five old ones, 20 % of the traffic');
  await demo.paused(1, 2);
  await demo.canary({ pods: 1, weight: '20', stable: 5 });
  await demo.type('kubectl sluice get rollout/echoserver');
  step('Approved: step 2, five new pods, 90 % of the traffic');
  await demo.approve();
  await demo.paused(2, 2);
  await demo.canary({ pods: 5, weight: '90', stable: 5 });
  step('Approved again: the Deployment rolls out by itself, everything else goes');
  await demo.approve();
  await demo.finished('1.10.3');
}

async function rollback(demo: Demo): Promise<void> {
  step('The next image turns out to be bad');
  await demo.apply('deployment-1.10.4.yaml', deployment({ ...app, image: `${IMAGE}:1.10.4` }));
  await demo.held('1.10.4');
  await demo.paused(1, 2);
  say('Re-applying the old image is the rollback; no command is needed.');
  await demo.apply('deployment-1.10.3.yaml', deployment({ ...app, image: `${IMAGE}:1.10.3` }));
  await demo.rolledBack('1.10.3');
}

async function outage(demo: Demo, sluice: Sluice): Promise<void> {
  step('Sluice is down, and somebody updates all the same');
  await sluice.stop('SIGKILL');
  say('The process is killed. The API server alone holds what Sluice enrolled:');
  await demo.apply('deployment-1.10.5.yaml', deployment({ ...app, image: `${IMAGE}:1.10.5` }));
  await demo.held('1.10.5');
  say('Sluice starts again and takes up the held update.');
  await sluice.start();
  await demo.paused(1, 2);
  await demo.approve();
  await demo.paused(2, 2);
  await demo.approve();
  await demo.finished('1.10.5');
}

/** Interrupted, the demo still takes down what it started. */
function leaveNothing(cleanUp: () => Promise<void>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say(`\n${signal}: taking down what the demo started`);
      void cleanUp().finally(() => process.exit(1));
    });
  }
}

async function main(): Promise<void> {
  const began = Date.now();
  step('A local cluster');
  const cluster = await up({ name: NAME, log: (line) => show(line) });
  leaveNothing(async () => down(NAME));
  const sluice = await Sluice.create({ kubeconfig: cluster.kubeconfig, host: cluster.webhookHost });
  try {
    const demo = new Demo(new Kubectl(await kubectlPath(), cluster.kubeconfig), sluice, app);
    step('Sluice, installed and serving over TLS');
    await demo.install();
    step('An application: Deployment of 5, Service, Ingress, and a Rollout that says how to release it');
    const objects = [deployment(app), service(app), ingress(app), rollout({ ...app, grace: 1 })];
    await demo.apply('echoserver.yaml', ...objects);
    await demo.idle();
    await release(demo);
    await rollback(demo);
    await outage(demo, sluice);
  } finally {
    await sluice.stop();
    await down(NAME);
  }
  say(
    bold(
      `\nEvery claim above was checked, ${check.count} in all, in ${Math.round((Date.now() - began) / 1000)} s. Nothing is left running.`,
    ),
  );
}

await main().catch((error: unknown) => {
  process.stderr.write(`\nThe demo found something wrong: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
