// What the holds of both styles of a Deployment have in common: it is paused, with the stable revision on a label. Recreate
// must not come in while it is held, because it would take down every old pod at once when the hold ends.

import { LABEL } from '../api/names.ts';
import type { KubeObject } from '../api/kube.ts';
import { edit, labelEdit, type FieldEdit } from '../objects/field-edit.ts';
import { readAt } from '../lib/json.ts';
import { labelOf } from '../objects/marks.ts';
import { RELATED_REPLICA_SETS } from './deployment.ts';
import { isRecreate } from './native-strategy.ts';
import { HAS_PODS } from './hold-cel.ts';
import { matchLabelsOf, REPLICA_SET, replicasOf } from './replica-sets.ts';
import type { CelVariable, HoldExpressions, RelatedQuery } from './workload.ts';

export const PAUSED = ['spec', 'paused'];
export const STABLE_LABEL = ['metadata', 'labels', LABEL.stableRevision];

export const ownReplicaSets = (deployment: KubeObject): RelatedQuery => ({
  as: RELATED_REPLICA_SETS,
  resource: REPLICA_SET,
  by: { ownerUid: deployment.metadata.uid ?? '', hint: matchLabelsOf(deployment) },
});

export const applies = (old: KubeObject, next: KubeObject): boolean => replicasOf(old) > 0 && replicasOf(next) > 0;

/** Paused, with the stable revision where it is known. */
export const heldFrom = (stable: string | undefined): FieldEdit[] => [
  edit(PAUSED, true),
  ...(stable === undefined ? [] : [labelEdit(LABEL.stableRevision, stable)]),
];

export const unhold = (old: KubeObject): FieldEdit[] => [
  edit(PAUSED, readAt(old, PAUSED) as boolean | undefined),
  labelEdit(LABEL.stableRevision, labelOf(old, LABEL.stableRevision)),
];

/** The update brings Recreate in. */
export const bringsRecreate = (old: KubeObject, next: KubeObject): boolean => isRecreate(next) && !isRecreate(old);

export const recreates = (variable: CelVariable): string =>
  `(has(${variable}.spec.strategy) && has(${variable}.spec.strategy.type) && ${variable}.spec.strategy.type == 'Recreate')`;
/** `bringsRecreate` in CEL. */
export const BRINGS_RECREATE = `${recreates('object')} && !${recreates('oldObject')}`;

/** What both styles say in CEL. */
export const pausedCel: Pick<HoldExpressions, 'text' | 'applies' | 'isHeld' | 'hold'> = {
  text: 'spec.paused=true',
  applies: HAS_PODS,
  isHeld: (variable) => `(has(${variable}.spec.paused) && ${variable}.spec.paused)`,
  hold: [{ path: PAUSED, value: 'true' }],
};
