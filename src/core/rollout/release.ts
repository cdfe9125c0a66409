// A release as its tasks see it: the objects, what is wanted, how far it is. Tasks read it and answer with an outcome; only the
// draft of the plan writes.

import type { OwnerReference } from '../../api/kube.ts';
import type { Intent } from '../../api/intent.ts';
import { API_VERSION } from '../../api/names.ts';
import type { Progress } from '../../api/progress.ts';
import type { Rollout, RolloutStep } from '../../api/rollout.ts';
import { routesTraffic } from '../../api/rollout-view.ts';
import { notBefore } from '../../objects/status.ts';
import type { Waits } from '../tasks/outcome.ts';
import type { RolloutObserved } from './rollout-observed.ts';

export interface Release {
  readonly o: RolloutObserved;
  readonly intent: Intent;
  /** As the pass has brought it so far. */
  readonly progress: Readonly<Progress>;
  /** As it is stored. */
  readonly stored: Readonly<Progress>;
  /** A release is under way, or was when its end began. */
  readonly isReleasing: boolean;
  /** Of condition Progressing. */
  readonly reason: string;
}

/** So long what comes by itself may take before a person is told by an Event. */
const MOMENT_MS = 60_000;

/** Of a wait for what goes on by itself. */
export function goesOn({ progress }: Pick<Release, 'progress'>): Pick<Waits, 'isPassing' | 'passesUntil'> {
  const since = notBefore(progress.changedAt);
  return since === undefined ? { isPassing: true } : { passesUntil: since + MOMENT_MS };
}

/** Controller reference on what is made for the Rollout. */
export const rolloutOwner = ({ metadata }: Rollout): OwnerReference => ({
  apiVersion: API_VERSION.v1beta1,
  kind: 'Rollout',
  name: metadata.name,
  uid: metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});

/** The step moves requests, by routes that the intent names. */
export const movesRequests = ({ routing }: Intent, step: RolloutStep | undefined): boolean =>
  routing !== undefined && step !== undefined && routesTraffic(step);

/** What a step asks for in new pods. */
export const askedSize = (step: RolloutStep | undefined): number | string => step?.replicas ?? step?.traffic ?? '100%';

/** Step under way, from 1. */
export const currentStep = ({ step = 1 }: Readonly<Progress>): number => step;
