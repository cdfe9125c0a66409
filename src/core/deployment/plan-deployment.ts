// The plan of a Deployment in partition style: our own rolling update over its ReplicaSets, for a release of ours and for an
// annotation that a person wrote. The Deployment is paused and of type Recreate meanwhile, so kube-controller-manager only
// follows its size, and only where one ReplicaSet alone has pods. Every write leaves enough pods that serve.

import type { DeploymentStrategy } from '../../api/deployment-strategy.ts';
import type { KubeObject } from '../../api/kube.ts';
import { ANNOTATION, EVENT_REASON, OUR_REASON } from '../../api/names.ts';
import { DEPLOYMENT, hashesOf } from '../../workloads/deployment.ts';
import { statusCount, ownedBy, REPLICA_SET, replicasOf } from '../../workloads/replica-sets.ts';
import { create, patch, type Action, type EventNote } from '../../objects/actions.ts';
import { nothingToDo, type Plan } from '../tasks/plan.ts';
import { inexactPath, inexactText } from '../workload/exact-copy.ts';
import { answerTo } from '../tasks/questions.ts';
import { annotationOf, inProgressOf } from '../../objects/marks.ts';
import { boundsOf, type Bounds } from '../../workloads/deployment-bounds.ts';
import { newReplicaSet } from './new-replica-set.ts';
import { partitionStrategyOf, replicaSetsQuestion, type DeploymentObserved } from './deployment-observed.ts';
import { isActive, partsOf, type Part } from './replica-set-roles.ts';
import { resize } from './resize.ts';
import { roll, wantedFresh } from './roll.ts';
import { Sizing } from './sizing.ts';

/** From the ReplicaSets that are known; before one is made they are listed live, so that there is never a twin. */
export function planDeployment(o: DeploymentObserved): Plan {
  const plan = planFrom(o);
  if (!plan.actions.some((action) => action.do === 'create')) return plan;
  const question = replicaSetsQuestion(o.deployment);
  const listed = answerTo(o.answers, question);
  const inexact = inexactPath(o.deployment);
  if (inexact !== undefined) return notCopied(inexactText(inexact));
  if (listed === undefined) return { ...nothingToDo(plan.why), asks: [question] };
  // Revisions and names of others with the same labels do not count.
  const { uid = '' } = o.deployment.metadata;
  return planFrom({ ...o, replicaSets: listed.filter((one) => ownedBy(one, uid)) });
}

const notCopied = (message: string): Plan => ({
  ...nothingToDo(message),
  events: [{ type: 'Warning', reason: OUR_REASON.inexact, message }],
});

function planFrom(o: DeploymentObserved): Plan {
  const { deployment } = o;
  const strategy = partitionStrategyOf(deployment);
  if (strategy === undefined) return nothingToDo('not a Deployment that is rolled by partition');
  // It sizes a single ReplicaSet by itself, and must have seen that the Deployment is paused.
  if (statusCount(deployment, 'observedGeneration') < (deployment.metadata.generation ?? 0))
    return nothingToDo('waits for kube-controller-manager to see the Deployment as it is');
  const bounds = boundsOf(strategy, replicasOf(deployment));
  const sizing = new Sizing(partsOf(deployment, o.replicaSets), bounds);
  return mayRelease(deployment, strategy) ? release(o, sizing, strategy) : follow(o, sizing);
}

/**
 * A release names its revision, and no other gets pods: a newer template waits for the release of its own, also when nobody but
 * a policy saw it come. Without a name a person rolls by hand, unless a release is under way that has not named it yet.
 */
function mayRelease(deployment: KubeObject, { paused, revision }: DeploymentStrategy): boolean {
  if (paused) return false;
  if (revision === undefined) return inProgressOf(deployment) === undefined;
  return revision === hashesOf(deployment).updateRevision;
}

function release(o: DeploymentObserved, sizing: Sizing, { revision }: DeploymentStrategy): Plan {
  const { parts, bounds } = sizing;
  const wanted = wantedFresh(sizing, revision !== undefined);
  roll(sizing, wanted);
  const isHeldBack = wanted < bounds.replicas && sizing.of(parts.fresh) === bounds.replicas;
  const desired = (part: Part): number | null => (part === parts.fresh && isHeldBack ? null : bounds.replicas);
  const { fresh, stable } = parts;
  const why = `${fresh.available} of ${wanted} new and ${stable?.available ?? 0} of ${bounds.replicas - wanted} stable pods are available`;
  return { ...writes(o, sizing, desired), why: `partition: ${why}` };
}

function follow(o: DeploymentObserved, sizing: Sizing): Plan {
  const settled = resize(sizing);
  const desired = (part: Part): number | undefined => (settled.has(part) ? sizing.bounds.replicas : part.desired);
  return { ...writes(o, sizing, desired), why: 'partition: paused, or of another template than the one to release' };
}

/** What a ReplicaSet says it was sized for; null removes it. */
const sizesFor = (desired: number | null | undefined, { replicas, surge }: Bounds): Record<string, string | null> => ({
  ...(desired === undefined ? {} : { [ANNOTATION.desiredReplicas]: desired === null ? null : String(desired) }),
  ...(desired === replicas ? { [ANNOTATION.maxReplicas]: String(replicas + surge) } : {}),
});

type Desired = (part: Part) => number | null | undefined;

/** Notes before growth before shrinking, stable pods grow first and shrink last; one write each. */
function writes(o: DeploymentObserved, sizing: Sizing, desired: Desired): Omit<Plan, 'why'> {
  const actions: Action[] = [];
  const events: EventNote[] = [];
  for (const part of oldInOrder(sizing)) {
    const action = writeFor(o, sizing, part, desired(part));
    if (action === undefined) continue;
    actions.push(action);
    if (sizing.of(part) !== part.size) events.push(scaling(action, part.size, sizing.of(part)));
  }
  return { actions: [...actions, ...extraStatus(o, sizing)], events };
}

function oldInOrder(sizing: Sizing): Part[] {
  const { fresh, old } = sizing.parts;
  const all = [fresh, ...old];
  const change = (part: Part): number => Math.sign(sizing.of(part) - part.size);
  return [
    ...all.filter((part) => change(part) === 0),
    ...all.filter((part) => change(part) > 0).reverse(),
    ...all.filter((part) => change(part) < 0),
  ];
}

function writeFor(
  o: DeploymentObserved,
  sizing: Sizing,
  part: Part,
  desired: number | null | undefined,
): Action | undefined {
  const size = sizing.of(part);
  const sizes = sizesFor(desired, sizing.bounds);
  if (part.object === undefined) {
    if (size === 0) return undefined;
    const object = newReplicaSet(o, size, sizes as Record<string, string>);
    return create(REPLICA_SET, object, `run ${size} pods of the new revision`);
  }
  if (size === part.size && !isActive(part)) return undefined;
  const changed = Object.entries(sizes).filter(
    ([key, value]) => (part.object?.metadata.annotations?.[key] ?? null) !== value,
  );
  if (size === part.size && changed.length === 0) return undefined;
  const body = {
    ...(changed.length === 0 ? {} : { metadata: { annotations: Object.fromEntries(changed) } }),
    ...(size === part.size ? {} : { spec: { replicas: size } }),
  };
  const why = size === part.size ? 'note what it is sized for' : `from ${part.size} to ${size} pods`;
  return patch(REPLICA_SET, part.object, body, why);
}

const scaling = ({ target }: Action, from: number, to: number): EventNote => ({
  type: 'Normal',
  reason: EVENT_REASON.scalingReplicaSet,
  message: `ReplicaSet ${target.name} ${to > from ? 'grows' : 'shrinks'} from ${from} to ${to} pods`,
});

/** What other controllers read of our progress. */
function extraStatus({ deployment }: DeploymentObserved, { parts: { fresh }, bounds }: Sizing): Action[] {
  const updatedReadyReplicas = fresh.object === undefined ? 0 : statusCount(fresh.object, 'readyReplicas');
  const value = JSON.stringify({ updatedReadyReplicas, expectedUpdatedReplicas: bounds.limit });
  if (annotationOf(deployment, ANNOTATION.deploymentExtraStatus) === value) return [];
  const annotations = { [ANNOTATION.deploymentExtraStatus]: value };
  return [patch(DEPLOYMENT, deployment, { metadata: { annotations } }, 'tell how many new pods are ready')];
}
