// One workload has one Rollout. As when workloads look for their Rollout, the version of the workload's API does not count.

import { groupOf } from '../../../api/kube.ts';
import { workloadRefOf } from '../../../api/rollout-view.ts';
import type { ObjectReference, Rollout } from '../../../api/rollout.ts';
import { field, shown, type RolloutRule } from './violation.ts';

/** Asked for every Rollout of the namespace, so the name, which nearly always differs, comes first. */
const isSameWorkload = (a: ObjectReference, b: ObjectReference): boolean =>
  a.name === b.name && a.kind === b.kind && groupOf(a.apiVersion) === groupOf(b.apiVersion);
const metadataOf = (rollout: Rollout, key: string): unknown => field(field(rollout, 'metadata'), key);

export const noConflict: RolloutRule = ({ rollout, siblings, paths, stored }) => {
  const workload = workloadRefOf(rollout);
  if (stored === true || workload.name === '') return [];
  const other = siblings.find(
    (sibling) =>
      isSameWorkload(workloadRefOf(sibling), workload) &&
      metadataOf(sibling, 'name') !== metadataOf(rollout, 'name') &&
      metadataOf(sibling, 'namespace') === metadataOf(rollout, 'namespace'),
  );
  if (other === undefined) return [];
  const name = shown(metadataOf(other, 'name'));
  return [
    {
      rule: 'one-rollout',
      field: paths.workloadRef,
      value: workload,
      message: `Rollout ${name} has this workload already, and one workload has one Rollout, also a disabled one`,
      remedy: `change Rollout ${name}, or delete it first`,
    },
  ];
};
