// One workload has one Rollout. As when workloads look for their Rollout, the version of the workload's API does not count.

import { groupOf } from '../../../api/kube.ts';
import { workloadRefOf } from '../../../api/rollout-view.ts';
import type { Rollout } from '../../../api/rollout.ts';
import { field, shown, type RolloutRule } from './violation.ts';

const keyOf = (rollout: Rollout): string | undefined => {
  const { apiVersion, kind, name } = workloadRefOf(rollout);
  return name === '' ? undefined : JSON.stringify([groupOf(apiVersion), kind, name]);
};
const metadataOf = (rollout: Rollout, key: string): unknown => field(field(rollout, 'metadata'), key);

export const noConflict: RolloutRule = ({ rollout, siblings, paths, stored }) => {
  const key = keyOf(rollout);
  if (stored === true || key === undefined) return [];
  const other = siblings.find(
    (sibling) =>
      metadataOf(sibling, 'name') !== metadataOf(rollout, 'name') &&
      metadataOf(sibling, 'namespace') === metadataOf(rollout, 'namespace') &&
      keyOf(sibling) === key,
  );
  if (other === undefined) return [];
  const name = shown(metadataOf(other, 'name'));
  return [
    {
      rule: 'one-rollout',
      field: paths.workloadRef,
      value: workloadRefOf(rollout),
      message: `Rollout ${name} has this workload already, and one workload has one Rollout, also a disabled one`,
      remedy: `change Rollout ${name}, or delete it first`,
    },
  ];
};
