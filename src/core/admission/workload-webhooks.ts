// The webhooks by which updates of workloads reach whoever judges them: for each resource of the known kinds one for enrolled
// objects and one for all others.

import { LABEL, PATH, WEBHOOK } from '../../api/names.ts';
import type { MatchCondition } from './predicate-cel.ts';
import type { Reviewed, Webhook } from './judge.ts';

export interface WorkloadDoor {
  /** Of one resource: which style is meant is decided by the Rollout. */
  styles: readonly Reviewed[];
  enrolled: boolean;
}

/** Every path of the two, and those of OpenKruise, whose configurations may still stand. */
export const WORKLOAD_PATHS: readonly string[] = [
  PATH.mutateDeployment,
  PATH.mutateDaemonset,
  PATH.mutateCloneset,
  PATH.mutateAdvancedDaemonset,
  PATH.mutateUnified,
  PATH.mutateEnrolled,
  PATH.mutateOther,
];

export function workloadWebhooks(
  workloads: readonly Reviewed[],
  conditions: (door: WorkloadDoor) => readonly MatchCondition[],
): Webhook[] {
  const byResource = Map.groupBy(workloads, ({ resource: { plural, group } }) => `${plural}.${group}`);
  return [...byResource].flatMap(([resource, styles]) =>
    [true, false].map((enrolled) => doorOf(resource, { styles, enrolled }, conditions)),
  );
}

function doorOf(
  name: string,
  door: WorkloadDoor,
  conditions: (door: WorkloadDoor) => readonly MatchCondition[],
): Webhook {
  const { styles, enrolled } = door;
  const { resource } = styles[0] as Reviewed;
  return {
    name: `${name}.${enrolled ? WEBHOOK.enrolled : WEBHOOK.other}`,
    phase: 'mutating',
    path: enrolled ? PATH.mutateEnrolled : PATH.mutateOther,
    on: [{ operations: ['UPDATE'], resource }],
    objects: { matchExpressions: [{ key: LABEL.enrolled, operator: enrolled ? 'Exists' : 'DoesNotExist' }] },
    conditions: conditions(door),
  };
}
