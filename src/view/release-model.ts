// The view model of a release: a look at a Rollout made into plain data that a terminal, a web page and a notice can show.
// What it waits for and what can be done next is decided here once; sentences come with it, layout does not. Times are epoch
// ms, and nothing in it moves with the clock but what the Lease says.

import { WAIT } from '../api/names.ts';
import type { ObjectReference } from '../api/rollout.ts';
import { styleOf, workloadRefOf } from '../api/rollout-view.ts';
import { releaseContext } from '../core/batch/release-context.ts';
import { BUILT_IN } from '../workloads/index.ts';
import type { ReleaseView } from '../workloads/workload.ts';
import type { Look, WorkloadLook } from './look.ts';
import { nextOf, type Next } from './next.ts';
import { podModel, type PodModel } from './pods.ts';
import {
  conditionModels,
  progressModel,
  stepModels,
  strategyModel,
  type ConditionModel,
  type ProgressModel,
  type StepModel,
  type StrategyModel,
} from './rollout.ts';
import { isReleasing } from './stage.ts';
import { momentOf } from './times.ts';
import { sharedModel, trafficModel, type SharedModel, type TrafficModel } from './traffic.ts';
import { troublesOf, type Trouble } from './troubles.ts';
import { currentWait, type CurrentWait } from './current-wait.ts';
import { workloadModel, type WorkloadModel } from './workload.ts';

export interface ReleaseModel {
  /** When it was looked at. */
  now: number;
  name: string;
  namespace: string;
  created: number | undefined;
  /** Undefined: Sluice has not seen the Rollout yet. */
  phase: string | undefined;
  message: string;
  isReleasing: boolean;
  waits: CurrentWait | undefined;
  troubles: Trouble[];
  next: Next[];
  strategy: StrategyModel;
  steps: StepModel[];
  progress: ProgressModel | undefined;
  conditions: ConditionModel[];
  workloadRef: ObjectReference;
  /** Why there is no `workload`; '' when there is one. */
  withoutWorkload: string;
  workload: WorkloadModel | undefined;
  /** Of the workload and of what the release made beside it. */
  pods: PodModel[];
  traffic: TrafficModel | undefined;
  shared: SharedModel | undefined;
}

export function releaseModel(look: Look): ReleaseModel {
  const { rollout, now, workload, traffic, shared } = look;
  const { metadata, status } = rollout;
  const view = workload?.kind.view(workload.object, workload.related);
  const lack = workloadLack(look);
  const progress = progressModel(rollout);
  return {
    now,
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    created: momentOf(metadata.creationTimestamp),
    phase: status?.phase,
    message: status?.message ?? '',
    isReleasing: isReleasing(rollout),
    waits: currentWait(rollout, view, lack),
    troubles: troublesOf(look),
    next: nextOf(look, view),
    strategy: strategyModel(rollout),
    steps: stepModels(rollout),
    progress,
    conditions: conditionModels(rollout),
    workloadRef: workloadRefOf(rollout),
    withoutWorkload: lack?.what ?? '',
    workload: workload && view && workloadModel(workload, view, newPodsOf(workload)),
    pods: (workload?.pods ?? []).map((pod) => podModel(pod, progress?.newRevision ?? '')),
    traffic: traffic && trafficModel(rollout, traffic, view),
    shared: shared && sharedModel(shared),
  };
}

/** Where a release keeps them apart. */
const newPodsOf = ({ kind, object, related, batchRelease }: WorkloadLook): ReleaseView | undefined =>
  batchRelease && kind.release(object, related, releaseContext(batchRelease));

function workloadLack({ rollout, kind, workload }: Look): CurrentWait | undefined {
  if (workload !== undefined) return undefined;
  const { apiVersion, kind: kindName, name } = workloadRefOf(rollout);
  if (kind === undefined)
    return { kind: WAIT.kind, what: BUILT_IN.unsupportedText(apiVersion, kindName, styleOf(rollout)) };
  const { namespace = '' } = rollout.metadata;
  return { kind: WAIT.workload, what: `${kindName} ${name} does not exist in namespace ${namespace}` };
}

/** Pods of a part, by the uid of the part. */
export const podsOf = ({ pods }: ReleaseModel, uid: string): PodModel[] => pods.filter(({ owner }) => owner === uid);
