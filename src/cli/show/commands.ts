// What can be done next as a command to type.

import { LABEL } from '../../api/names.ts';
import type { Next } from '../../view/next.ts';
import type { ReleaseModel } from '../../view/release-model.ts';

export function commandFor(next: Next, { name, namespace }: ReleaseModel, program: string): string {
  const place = `-n ${namespace === '' ? 'default' : namespace}`;
  if (next.do === 'serve') return 'sluice serve';
  if (next.do === 'enable')
    return `kubectl patch rollout ${name} ${place} --type=merge -p '{"spec":{"disabled":false}}'`;
  if (next.do === 'enrol') return `kubectl label ${next.workload} ${LABEL.enrolled}- ${place}`;
  if (next.do === 'set-image') return `${program} set image rollout/${name} ${next.container}=IMAGE ${place}`;
  return `${program} ${next.do} rollout/${name} ${place}`;
}
