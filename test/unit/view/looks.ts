// Looks at the release of test/unit/cli/objects.ts, as the command line makes them.

import type { KubeObject } from '../../../src/api/kube.ts';
import type { Rollout } from '../../../src/api/rollout.ts';
import { lookAt } from '../../../src/cli/show/look-at.ts';
import type { Look } from '../../../src/view/look.ts';
import { FakeCluster } from '../cli/fake-cluster.ts';
import { addApp, addRelease, rollout, type RolloutParts } from '../cli/objects.ts';
import { NOW } from '../cli/run.ts';

const ROLLOUT = 'rollouts/demo/echoserver';

/** The controller renewed it a second ago, unless `spec` says otherwise. */
export const lease = (spec: object = {}): KubeObject => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: '71ddec2c.kruise.io', namespace: 'kruise-rollout' },
  spec: { holderIdentity: 'one', leaseDurationSeconds: 15, renewTime: '2026-01-01T11:59:58.000000Z', ...spec },
});

const lookIn = (cluster: FakeCluster): Promise<Look> => {
  cluster.put(lease());
  return lookAt(cluster, cluster.objects.get(ROLLOUT) as Rollout, NOW);
};

/** In its first step; `others` replace what is there. */
export function duringRelease(parts?: RolloutParts, ...others: KubeObject[]): Promise<Look> {
  const cluster = new FakeCluster();
  addRelease(cluster);
  if (parts !== undefined) cluster.put(rollout(parts));
  for (const object of others) cluster.put(object);
  return lookIn(cluster);
}

/** With nothing to release. */
export function atRest(parts?: RolloutParts, ...others: KubeObject[]): Promise<Look> {
  const cluster = new FakeCluster();
  addApp(cluster);
  if (parts !== undefined) cluster.put(rollout(parts));
  for (const object of others) cluster.put(object);
  return lookIn(cluster);
}
