// How far a release is, whatever the API object is called that shows it: what the core reads and writes. Rollout v1beta1 is one
// face of it, in two spellings (`canaryStatus`, `blueGreenStatus`); another CRD that shows a release is another face.

import type { PatchOperation } from '../lib/json-patch.ts';
import { isObject, without, type Fields } from '../lib/json.ts';
import type { Json, KubeObject } from './kube.ts';
import type { CanaryStatus, RolloutStatus } from './rollout.ts';
import { subStatusName, type SubStatusName } from './rollout-view.ts';

export interface Progress {
  /** Generation and release id of the workload that it is about. */
  workloadGeneration?: number;
  releaseId?: string;
  /** Hash of the plan that it is about; '' = an earlier version did not say. */
  planHash?: string;
  stableRevision?: string;
  /** The revision that is released; '' while its controller has not named it. */
  updateRevision?: string;
  /** Revision label of the new pods. */
  podRevision?: string;
  updated?: number;
  ready?: number;
  /** Step under way, from 1, and the one that follows; another one makes the release jump, NO_NEXT_STEP: none. */
  step?: number;
  nextStep?: number;
  /** One of STEP. */
  state?: string;
  /** One of FINALISING_STEP: what is being ended, or what was taken away last. */
  ending?: string;
  message?: string;
  /** RFC 3339: later waits count from it. */
  changedAt?: string;
}

type Spelling = Readonly<Record<keyof Progress, string>>;

const COMMON = {
  workloadGeneration: 'observedWorkloadGeneration',
  releaseId: 'observedRolloutID',
  planHash: 'rolloutHash',
  stableRevision: 'stableRevision',
  podRevision: 'podTemplateHash',
  step: 'currentStepIndex',
  nextStep: 'nextStepIndex',
  state: 'currentStepState',
  ending: 'finalisingStep',
  message: 'message',
  changedAt: 'lastUpdateTime',
} as const satisfies Partial<Record<keyof Progress, keyof CanaryStatus>>;

const SPELLINGS: Readonly<Record<SubStatusName, Spelling>> = {
  canaryStatus: {
    ...COMMON,
    updateRevision: 'canaryRevision',
    updated: 'canaryReplicas',
    ready: 'canaryReadyReplicas',
  },
  blueGreenStatus: {
    ...COMMON,
    updateRevision: 'updatedRevision',
    updated: 'updatedReplicas',
    ready: 'updatedReadyReplicas',
  },
};

/** Shown a second time, at the top of the status, where columns and clients read it. */
const COPIED = { step: 'currentStepIndex', state: 'currentStepState' } as const satisfies Partial<
  Record<keyof Progress, keyof RolloutStatus>
>;

/** Nobody else writes this one; the other one may be that of a controller which serves its style. */
export const isOwnFace = (rollout: KubeObject): boolean => subStatusName(rollout) === 'canaryStatus';

const entriesOf = (spelling: Spelling): [keyof Progress, string][] =>
  Object.entries(spelling) as [keyof Progress, string][];

/** Undefined while the Rollout shows no release and no revision. */
export function progressOf(rollout: KubeObject): Progress | undefined {
  const name = subStatusName(rollout);
  const shown = isObject(rollout['status']) ? rollout['status'][name] : undefined;
  if (!isObject(shown)) return undefined;
  return Object.fromEntries(
    entriesOf(SPELLINGS[name])
      .filter(([, field]) => shown[field] !== undefined)
      .map(([key, field]) => [key, shown[field]]),
  );
}

/** The status with the copies of this progress, and no others. */
export function withCopies(status: RolloutStatus, { step, state }: Progress): RolloutStatus {
  return {
    ...(without(status as Fields, ...Object.values(COPIED)) as RolloutStatus),
    ...(step === undefined ? {} : { [COPIED.step]: step }),
    ...(state === undefined ? {} : { [COPIED.state]: state }),
  };
}

/** Edits of a stored status that show these parts of a progress; the copies alone where it shows no progress. */
export function progressEdits(
  rollout: KubeObject,
  change: Pick<Progress, 'step' | 'nextStep' | 'state'>,
): PatchOperation[] {
  const name = subStatusName(rollout);
  const edits = (at: string, spelling: Partial<Record<keyof Progress, string>>): PatchOperation[] =>
    Object.entries(change).flatMap(([key, value]: [string, Json | undefined]): PatchOperation[] => {
      const field = spelling[key as keyof Progress];
      return field === undefined || value === undefined ? [] : [{ op: 'add', path: `${at}/${field}`, value }];
    });
  const copies = edits('/status', COPIED);
  return progressOf(rollout) === undefined ? copies : [...copies, ...edits(`/status/${name}`, SPELLINGS[name])];
}

/** The status with this progress; fields that nobody here names stay. */
export function withProgress(
  rollout: KubeObject,
  status: RolloutStatus,
  progress: Progress | undefined,
): RolloutStatus {
  const name = subStatusName(rollout);
  if (progress === undefined) return without(status as Fields, name);
  const spelling = SPELLINGS[name];
  const unnamed = without((status[name] ?? {}) as Fields, ...Object.values(spelling));
  const shown = entriesOf(spelling)
    .filter(([key]) => progress[key] !== undefined)
    .map(([key, field]) => [field, progress[key]]);
  return { ...status, [name]: { ...unnamed, ...Object.fromEntries(shown) } };
}
