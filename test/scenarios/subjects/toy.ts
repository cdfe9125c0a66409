// A kind that this cluster alone knows, built like a StatefulSet. No line of src/ names it: Sluice learns it from the Rollouts
// that refer to it, and an administrator gives it the rights by `sluice install --workload`.

import { TOYS, toyDefinition } from '../toy/definition.ts';
import { ToyController } from '../toy/controller.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../../src/api/resources.ts';
import type { Subject } from '../subject.ts';

export const toy: Subject = {
  name: 'Toy',
  registered: undefined,
  style: 'partition',
  resource: TOYS,
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
    return ToyController.start(stage);
  },
};
