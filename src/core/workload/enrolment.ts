// The plan of one workload: whether it is enrolled, and by which Rollout. One write at most, made from what was read and fenced
// by it: the first enrolment by tests of just that, everything else by the resourceVersion. A missing Rollout counts only when a
// live list says so, and nothing is taken away from a workload while a release needs it. The escape means: hands off.

import { ANNOTATION, BATCH_PHASE, LABEL, PHASE } from '../../api/names.ts';
import type { JsonObject, KubeObject } from '../../api/kube.ts';
import { patch } from '../../objects/actions.ts';
import { readAt } from '../../lib/json.ts';
import type { Drivable, Registered, WorkloadView } from '../../workloads/workload.ts';
import { nothingToDo, type Plan } from '../tasks/plan.ts';
import { claimQuestions, type Claims } from './claims.ts';
import { firstEnrolment } from './first-enrolment.ts';
import { claims, governing, type Candidate } from './governing.ts';
import {
  annotationOf,
  enrolledStyle,
  holderOf,
  inProgressOf,
  inProgressValue,
  isEscaped,
  labelOf,
} from '../../objects/marks.ts';

export interface WorkloadFacts extends Claims {
  workload: KubeObject;
  /** Implementation by which it is read (`implementationFor`). */
  kind: Registered & Drivable;
  view: WorkloadView;
  namespaceTerminating: boolean;
}

interface Marks {
  labels: JsonObject;
  annotations: JsonObject;
}

/** Before anything is taken away. */
const lookFirst = ({ workload }: WorkloadFacts, why: string): Plan => ({
  ...nothingToDo(why),
  asks: claimQuestions(workload),
});

const isAtWork = (batchRelease: KubeObject): boolean =>
  readAt(batchRelease, ['status', 'phase']) !== BATCH_PHASE.completed;

export function planWorkload(given: WorkloadFacts): Plan {
  const facts = { ...given, batchReleases: given.batchReleases.filter(isAtWork) };
  const { workload, view, candidates, namespaceTerminating } = facts;
  if (view.deleting || namespaceTerminating) return nothingToDo('it is going away');
  if (isEscaped(workload)) return nothingToDo('a person took it out: hands off');
  const governor = governing(candidates, holderOf(workload));
  return isUnderWay(view) ? whileHeld(facts, governor) : whileFree(facts, governor);
}

/** The mark alone is not enough: it is copied to revisions and back by others. */
const isUnderWay = (view: WorkloadView): boolean => view.held && view.inProgress !== undefined;

const BUSY: unknown[] = [PHASE.progressing, PHASE.terminating, PHASE.disabling];
const isReleasing = ({ rollout }: Candidate): boolean => BUSY.includes(rollout.status?.phase);

/** Finalises in order, or would begin a release; a broken Rollout counts only for a release that it has begun. */
const needsHold = (candidate: Candidate): boolean =>
  candidate.standing === 'invalid' || candidate.standing === 'unsupported' ? isReleasing(candidate) : claims(candidate);

function whileHeld(facts: WorkloadFacts, governor: Candidate | undefined): Plan {
  const { workload, kind, candidates, batchReleases, liveConfirmed } = facts;
  const isOurs = enrolledStyle(workload) !== undefined || holderOf(workload) !== undefined;
  const needed = candidates.filter(needsHold);
  if (needed.length === 0 && batchReleases.length === 0) {
    if (!isOurs) return nothingToDo('held by somebody else');
    if (!liveConfirmed) return lookFirst(facts, 'held, and no Rollout seems to need it');
    const actions = kind.letGo(workload, withdrawal(workload));
    return { actions, events: [], why: 'orphan: no Rollout and no BatchRelease names it, so it is released' };
  }
  if (governor === undefined || isHeldFor(facts, needed, governor)) return nothingToDo('a release is under way');
  const marks = enrolment(workload, governor, kind);
  const renamed = inProgressOf(workload) !== governor.rollout.metadata.name;
  const mark = { [ANNOTATION.inProgressing]: inProgressValue(governor.rollout.metadata.name) };
  return write(
    facts,
    { ...marks, annotations: { ...marks.annotations, ...(renamed ? mark : {}) } },
    'enrol during a release',
  );
}

/** Another Rollout holds it and still needs it: its release goes on undisturbed. */
function isHeldFor({ workload, batchReleases }: WorkloadFacts, needed: Candidate[], governor: Candidate): boolean {
  const { name } = governor.rollout.metadata;
  const holder = holderOf(workload);
  const holds = (candidate: Candidate): boolean => candidate.rollout.metadata.name === holder;
  return (holder !== name && needed.some(holds)) || batchReleases.some(({ metadata }) => metadata.name !== name);
}

function whileFree(facts: WorkloadFacts, governor: Candidate | undefined): Plan {
  const { workload, view, candidates, batchReleases, liveConfirmed } = facts;
  const stray = view.inProgress === undefined ? {} : { [ANNOTATION.inProgressing]: null };
  const holder = holderOf(workload);
  const isBusy =
    batchReleases.length > 0 || candidates.some((one) => one.rollout.metadata.name === holder && isReleasing(one));
  const strip = (why: string): Plan => write(facts, { labels: {}, annotations: stray }, why);
  if (governor === undefined) {
    if (isBusy || (holder === undefined && enrolledStyle(workload) === undefined))
      return strip('no Rollout governs it');
    if (!liveConfirmed) return lookFirst(facts, 'enrolled, and no Rollout seems to govern it');
    const marks = withdrawal(workload);
    return write(
      facts,
      { labels: marks.labels, annotations: { ...marks.annotations, ...stray } },
      'no Rollout governs it: un-enrol',
    );
  }
  const isHolder = holder === governor.rollout.metadata.name;
  if (!isHolder && isBusy && holder !== undefined) return strip('the Rollout that enrolled it finishes first');
  if (!isHolder && !canEnrol(view) && batchReleases.length === 0) return strip('waits until one revision serves');
  return enrol(facts, governor, stray);
}

function enrol(facts: WorkloadFacts, governor: Candidate, stray: JsonObject): Plan {
  const { workload, view, kind } = facts;
  const { labels, annotations } = enrolment(workload, governor, kind);
  const why = `enrol for Rollout ${governor.rollout.metadata.name}`;
  const first = canEnrol(view) ? firstEnrolment(kind.resource, workload, { labels, annotations }, why) : undefined;
  if (first !== undefined) return { actions: [first], events: [], why };
  return write(facts, { labels, annotations: { ...annotations, ...stray } }, why);
}

/** One stable revision serves, it is the one in spec, and the kind's controller has said so on the workload. */
const canEnrol = (view: WorkloadView): boolean =>
  view.stableRevision !== '' && view.activeRevisions === 1 && view.templateIsStable && !view.justMade;

/** What is missing of an enrolment. */
function enrolment(workload: KubeObject, { rollout, style }: Candidate, kind: Registered): Marks {
  const { name } = rollout.metadata;
  const typed = labelOf(workload, LABEL.workloadType) !== undefined;
  return {
    labels: {
      ...(labelOf(workload, LABEL.enrolled) === style ? {} : { [LABEL.enrolled]: style }),
      ...(typed ? {} : { [LABEL.workloadType]: kind.workloadType }),
    },
    annotations: {
      ...(holderOf(workload) === name ? {} : { [ANNOTATION.rollout]: name }),
      ...(typed ? {} : { [ANNOTATION.workloadTypeOwned]: 'true' }),
    },
  };
}

/** What is there of an enrolment, to be taken away; `workload-type` only where we set it. */
function withdrawal(workload: KubeObject): Marks {
  const drop = (present: unknown, key: string): JsonObject => (present === undefined ? {} : { [key]: null });
  const owned = annotationOf(workload, ANNOTATION.workloadTypeOwned);
  return {
    labels: {
      ...drop(labelOf(workload, LABEL.enrolled), LABEL.enrolled),
      ...(owned === undefined ? {} : drop(labelOf(workload, LABEL.workloadType), LABEL.workloadType)),
    },
    annotations: {
      ...drop(holderOf(workload), ANNOTATION.rollout),
      ...drop(owned, ANNOTATION.workloadTypeOwned),
    },
  };
}

function write({ workload, kind }: WorkloadFacts, { labels, annotations }: Marks, why: string): Plan {
  const metadata: JsonObject = {
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
  if (Object.keys(metadata).length === 0) return nothingToDo(why);
  return { actions: [patch(kind.resource, workload, { metadata }, why)], events: [], why };
}
