// A kind that this cluster alone knows, built like a StatefulSet. No line of src/ names it: Sluice learns it from the Rollouts
// that refer to it, and an administrator gives it the rights by `sluice install --workload`.

import { TOYS, toyDefinition } from '../toy/definition.ts';
import { ToyController } from '../toy/controller.ts';
import { ANNOTATION } from '../../../src/api/names.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../../src/api/resources.ts';
import { until } from '../../cluster/support/until.ts';
import { none } from '../routes/none.ts';
import { V2 } from '../scenario.ts';
import { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';
import { NAME, templateWith, type Subject } from '../subject.ts';

export const toy: Subject = {
  name: 'Toy',
  registered: undefined,
  style: 'partition',
  resource: TOYS,
  resources: [TOYS],
  strategy: {},
  maxUnavailable: 1,
  addedPodsAreNew: true,
  rollsBackInBatches: true,
  spec: {},
  async prepare(stage) {
    await stage.api.create(CUSTOM_RESOURCE_DEFINITIONS, '', toyDefinition);
    await stage.world.kubectl.do(['wait', '--for=condition=Established', `crd/${toyDefinition.metadata.name}`]);
    const { code, out, err } = await stage.world.sluice.cli(
      ...['install', '--webhook-url', stage.world.sluice.url, '--workload', `${TOYS.plural}.${TOYS.group}`],
    );
    if (code !== 0) throw new Error(`sluice install exited ${code}: ${err}${out}`);
    const end = await ToyController.start(stage);
    await untilHeld(stage);
    return end;
  },
};

/** A kind is learned from the first Rollout that names it; then the API server takes a moment to act on the new rules. */
async function untilHeld(stage: Stage): Promise<void> {
  const first = { name: 'first', tells: '', steps: [{ pods: 100 }], play: async () => undefined };
  const scene = await Scene.open(stage, { subject: toy, route: none, scenario: first }, { prefix: 'first' });
  await until('updates of Toys are held', async () => {
    const answer = await stage.api.dryRun(TOYS, scene.namespace, NAME, { spec: { template: templateWith(V2) } });
    return answer.metadata.annotations?.[ANNOTATION.inProgressing] !== undefined;
  });
  await scene.close();
}
