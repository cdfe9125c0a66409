// What is wrong with a release: conditions that say so, a workload whose updates are not held, a controller that does not run.

import { CONDITION, DEFAULT_NAMESPACE, ESCAPE, LABEL, LEASE_NAME, PHASE } from '../api/names.ts';
import type { KubeObject } from '../api/kube.ts';
import type { Rollout } from '../api/rollout.ts';
import { readAt } from '../lib/json.ts';
import { enrolledStyle, isEscaped } from '../objects/marks.ts';
import { conditionOf, notBefore } from '../objects/status.ts';
import type { LeaseLook, Look } from './look.ts';
import { duration, moment } from './times.ts';

export interface Trouble {
  kind: 'condition' | 'not-held' | 'no-controller' | 'controller-stopped' | 'controller-silent';
  /** In words, without its time. */
  what: string;
  /** Epoch ms. */
  since?: number;
}

export const troublesOf = ({ rollout, workload, lease, now }: Look): Trouble[] => [
  ...wrongConditions(rollout),
  ...notHeld(rollout, workload?.object),
  ...absence(lease, now),
];

/** Conditions that say why something does not go on: false means refused, true means hindered. */
function wrongConditions(rollout: Rollout): Trouble[] {
  const wrong = { [CONDITION.accepted]: 'False', [CONDITION.blocked]: 'True', [CONDITION.bypassed]: 'True' };
  return Object.entries(wrong).flatMap(([type, status]): Trouble[] => {
    const condition = conditionOf(rollout.status?.conditions, type);
    if (condition?.status !== status) return [];
    return [{ kind: 'condition', what: `${type}=${status} (${condition.reason}): ${condition.message}` }];
  });
}

/** Updates would not be held. */
function notHeld(rollout: Rollout, workload: KubeObject | undefined): Trouble[] {
  const idle = rollout.status?.phase === PHASE.healthy && rollout.metadata.deletionTimestamp === undefined;
  if (workload === undefined || !idle || enrolledStyle(workload) !== undefined) return [];
  const { kind, metadata } = workload;
  const escaped = `label ${LABEL.enrolled}=${ESCAPE} takes it out of Sluice`;
  const reason = isEscaped(workload) ? escaped : 'it is not enrolled';
  return [{ kind: 'not-held', what: `updates of ${kind ?? ''}/${metadata.name} are not held: ${reason}` }];
}

/** Nobody acts: the controller's Lease is missing, has run out, or was given back. None when we cannot tell. */
function absence(lease: LeaseLook, now: number): Trouble[] {
  if (lease === 'hidden') return [];
  if (lease === undefined) {
    const what = `no controller runs, or in another namespace: there is no Lease ${DEFAULT_NAMESPACE}/${LEASE_NAME}`;
    return [{ kind: 'no-controller', what }];
  }
  const renewed = notBefore(readAt(lease, ['spec', 'renewTime']) as string | undefined);
  const seconds = readAt(lease, ['spec', 'leaseDurationSeconds']);
  if (renewed === undefined || typeof seconds !== 'number') return [];
  if (readAt(lease, ['spec', 'holderIdentity']) === '')
    return [{ kind: 'controller-stopped', what: 'no controller runs', since: renewed }];
  if (now - renewed <= seconds * 1000) return [];
  return [{ kind: 'controller-silent', what: 'no controller was heard of', since: renewed }];
}

/** With its time, as it looks from now. */
export function troubleText({ kind, what, since }: Trouble, now: number): string {
  if (since === undefined) return what;
  return `${what} since ${moment(since)}${kind === 'controller-silent' ? ` (${duration(now - since)} ago)` : ''}`;
}
