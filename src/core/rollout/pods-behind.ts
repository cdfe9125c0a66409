// Which pods the Services of a release lead to. Before the stable one is pinned to a revision: whether it selects pods of the workload,
// and nobody else's. Before a share is led to the canary one: whether a new pod would answer. Labels decide that, and pods can have
// others than their template says, so the pods themselves are looked at.

import type { KubeObject, LabelSelector, Strings } from '../../api/kube.ts';
import { OUR_REASON, WAIT } from '../../api/names.ts';
import { PODS } from '../../api/resources.ts';
import { readAt } from '../../lib/json.ts';
import { selects } from '../../objects/label-selector.ts';
import { controllerOf } from '../../objects/ownership.ts';
import { isLive, isReady } from '../../objects/pod-facts.ts';
import { ownSelector, serviceSelector } from '../../traffic/services.ts';
import { asks, DONE, failed, waits, type Failed, type Outcome } from '../tasks/outcome.ts';
import { answerTo, list } from '../tasks/questions.ts';
import { goesOn, type Release } from './release.ts';
import type { ObservedWorkload } from './rollout-observed.ts';
import { servesStable } from './stable-pods.ts';

/** Nothing tells of a pod that gets another label, so it is looked for again. */
const AGAIN_MS = 30_000;
/** Named of those that stand in the way. */
const NAMED = 3;

const mismatch = ({ o }: Release, service: string, how: string, text: string): Failed => ({
  ...failed(OUR_REASON.serviceMismatch, text, [service, how]),
  again: o.now + AGAIN_MS,
});

/** What may get requests, or will: pods that have ended are no endpoints. */
const counts = (pod: KubeObject): boolean =>
  isLive(pod) && !['Succeeded', 'Failed'].includes(String(readAt(pod, ['status', 'phase']) ?? ''));

function podsWith({ o }: Release, { object }: ObservedWorkload, labels: LabelSelector): KubeObject[] | Outcome {
  const question = list(PODS, object.metadata.namespace ?? '', labels);
  return answerTo(o.answers, question)?.filter(counts) ?? asks(question);
}

const selectorOf = ({ object }: ObservedWorkload): LabelSelector | undefined =>
  readAt(object, ['spec', 'selector']) as LabelSelector | undefined;

const workloadText = ({ o: { rollout } }: Release): string =>
  `${rollout.spec.workloadRef.kind} ${rollout.spec.workloadRef.name}`;

/** The pods that the stable Service selects without a pin; done where none are to be told apart. */
function podsOfStable(release: Release): { service: string; matchLabels: Strings; pods: KubeObject[] } | Outcome {
  const { o, intent } = release;
  const { stableService, workload } = o;
  if (!intent.splitsService || stableService === undefined || workload === undefined) return DONE;
  const matchLabels = ownSelector(stableService);
  if (matchLabels === undefined || workload.view.replicas === 0) return DONE;
  const pods = podsWith(release, workload, { matchLabels });
  return Array.isArray(pods) ? { service: stableService.metadata.name, matchLabels, pods } : pods;
}

/** Before anything is touched: the stable Service leads to the stable revision, and to no pod that the release is not about. */
export function mayNarrowService(release: Release): Outcome {
  const { workload } = release.o;
  const seen = podsOfStable(release);
  if ('is' in seen) return seen;
  const { service, pods } = seen;
  const strangers = workload === undefined ? [] : pods.filter((pod) => !isOurs(release, workload, pod));
  if (strangers.length === 0) return leadsToStablePods(release);
  return mismatch(release, service, 'strangers', strangersText(release, service, strangers, pods.length));
}

/** The stable Service leads to pods of the stable revision, as far as that has any that serve. */
export function leadsToStablePods(release: Release): Outcome {
  const { workload } = release.o;
  const seen = podsOfStable(release);
  if ('is' in seen) return seen;
  if (workload === undefined) return DONE;
  const { service, matchLabels, pods } = seen;
  const { stableRevision: revision = '' } = release.progress;
  const isThere = pods.some(({ metadata }) => metadata.labels?.[workload.view.revisionKey] === revision);
  if (isThere || revision === '' || !servesStable(release, workload)) return DONE;
  return notSelected(release, workload, { service, matchLabels, revision, what: 'stable' });
}

/** Selectors of two workloads may overlap: then whoever made the pod tells, as far as such owners are known. */
function isOurs({ o }: Release, workload: ObservedWorkload, pod: KubeObject): boolean {
  if (!selects(selectorOf(workload), pod.metadata.labels)) return false;
  const { object, related } = workload;
  const owner = controllerOf(pod);
  const known = Object.values(related).flat();
  const kinds = [o.rollout.spec.workloadRef.kind, ...known.map(({ kind }) => kind)];
  const isTold = owner === undefined || !kinds.includes(owner.kind);
  return isTold || [object, ...known].some(({ metadata }) => metadata.uid === owner.uid);
}

function strangersText(release: Release, service: string, strangers: readonly KubeObject[], all: number): string {
  const owners = [...new Set(strangers.map(ownerText))].sort();
  const more = owners.length > NAMED ? ` and ${owners.length - NAMED} more` : '';
  const others = owners.slice(0, NAMED).join(', ') + more;
  const whose = workloadText(release);
  if (strangers.length === all)
    return `Service ${service} selects pods of ${others} and none of ${whose}, so it would lead nowhere while it selects one revision of that; name the Service of ${whose}`;
  return `Service ${service} also selects pods of ${others}, which would get no requests while it selects one revision of ${whose}; give it a selector that only pods of ${whose} have`;
}

function ownerText(pod: KubeObject): string {
  const owner = controllerOf(pod);
  return owner === undefined ? `nobody (Pod ${pod.metadata.name})` : `${owner.kind} ${owner.name}`;
}

interface NotSelected {
  service: string;
  matchLabels: Strings;
  revision: string;
  what: 'stable' | 'new';
}

/** Pods of the revision are there, and the Service does not select them: by which labels, one of them tells. */
function notSelected(
  release: Release,
  workload: ObservedWorkload,
  { service, matchLabels, revision, what }: NotSelected,
): Outcome {
  const { revisionKey } = workload.view;
  const pods = podsWith(release, workload, { matchLabels: { [revisionKey]: revision } });
  if (!Array.isArray(pods)) return pods;
  const [pod] = pods.filter(({ metadata }) => selects(selectorOf(workload), metadata.labels));
  const labels = pod?.metadata.labels ?? {};
  const lacking = Object.entries(matchLabels).filter(([key, value]) => key !== revisionKey && labels[key] !== value);
  // Between two looks they came, or went.
  if (pod === undefined || lacking.length === 0) return DONE;
  const asked = lacking.map(([key, value]) => `${key}=${value}`).join(', ');
  const has = lacking
    .map(([key]) => (labels[key] === undefined ? `no label ${key}` : `${key}=${labels[key]}`))
    .join(', ');
  const text = `Service ${service} selects ${asked}, which no ${what} pod of ${workloadText(release)} has (Pod ${pod.metadata.name} has ${has}), so nobody would answer; correct the selector, or the labels of the pods`;
  return mismatch(release, service, what, text);
}

/** A new pod would answer what is led to the canary Service. */
export function leadsToNewPods(release: Release): Outcome {
  const { canaryService, workload } = release.o;
  const { podRevision: revision = '' } = release.progress;
  const matchLabels = canaryService === undefined ? undefined : serviceSelector(canaryService);
  if (canaryService === undefined || workload === undefined || matchLabels === undefined) return DONE;
  const pods = podsWith(release, workload, { matchLabels });
  if (!Array.isArray(pods)) return pods;
  if (pods.some(isReady)) return DONE;
  const { name } = canaryService.metadata;
  const unselected =
    pods.length > 0 ? DONE : notSelected(release, workload, { service: name, matchLabels, revision, what: 'new' });
  if (unselected.is !== 'done') return unselected;
  return waits(WAIT.newPods, `no pod behind Service ${name} is ready, so no requests are led there`, {
    facts: [name],
    again: release.o.now + AGAIN_MS,
    ...goesOn(release),
  });
}
