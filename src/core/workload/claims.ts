// Who claims a workload: the Rollouts and BatchReleases that name it. Tables know that well enough to enrol; before anything is
// taken away a live list confirms it, because a cache that misses a Rollout must not free its workload.

import type { BatchRelease } from '../../api/batch-release.ts';
import { groupOf, type KubeObject } from '../../api/kube.ts';
import { BATCH_RELEASES, ROLLOUTS } from '../../api/resources.ts';
import type { ObjectReference, Rollout } from '../../api/rollout.ts';
import { answerTo, list, type Answers, type Question } from '../tasks/questions.ts';
import { refersTo, type Candidate } from './governing.ts';

export interface Claims {
  /** Every Rollout that refers to it, disabled and terminating ones included. */
  candidates: Candidate[];
  /** BatchReleases that name it; those that are completed have nothing to do with it any more. */
  batchReleases: KubeObject[];
  /** Both were listed from the API server for this plan. */
  liveConfirmed: boolean;
}

/** What a live list of both is asked by. */
export function claimQuestions({ metadata: { namespace = '' } }: KubeObject): [Question, Question] {
  return [list(ROLLOUTS, namespace), list(BATCH_RELEASES, namespace)];
}

const names = (ref: ObjectReference, group: string, kind: string, name: string): boolean =>
  ref.kind === kind && ref.name === name && groupOf(ref.apiVersion ?? '') === group;

/** As the API server says; undefined while it has not been asked. */
export function confirmedClaims(
  answers: Answers,
  workload: KubeObject,
  kind: string,
  candidateOf: (rollout: Rollout) => Candidate,
): Claims | undefined {
  const [rollouts, batchReleases] = claimQuestions(workload).map((question) => answerTo(answers, question));
  if (rollouts === undefined || batchReleases === undefined) return undefined;
  const group = groupOf(workload.apiVersion ?? '');
  const { name } = workload.metadata;
  return {
    candidates: rollouts
      .filter((item) => refersTo(item, group, kind, name))
      .map((item) => candidateOf(item as Rollout)),
    batchReleases: batchReleases.filter((item) => names((item as BatchRelease).spec.workloadRef, group, kind, name)),
    liveConfirmed: true,
  };
}
