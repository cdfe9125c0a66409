// What the shell hands to the plans, from the objects as they are: the same projections, the same questions.

import type { BatchRelease } from '../../../../../src/api/batch-release.ts';
import type { KubeObject, PodTemplate, Resource } from '../../../../../src/api/kube.ts';
import { canaryNameOf, FEATURE_GATES, type Gates } from '../../../../../src/api/names.ts';
import {
  BATCH_RELEASES,
  CONTROLLER_REVISIONS,
  PODS,
  REPLICA_SETS,
  ROLLOUTS,
  SERVICES,
  TRAFFIC_ROUTINGS,
} from '../../../../../src/api/resources.ts';
import type { Rollout } from '../../../../../src/api/rollout.ts';
import { styleOf, trafficRoutingOf, trafficRoutingRefOf, workloadRefOf } from '../../../../../src/api/rollout-view.ts';
import type { TrafficRouting } from '../../../../../src/api/traffic-routing.ts';
import type { BatchObserved } from '../../../../../src/core/batch/observed.ts';
import { releaseContext } from '../../../../../src/core/batch/release-context.ts';
import { computeHash, templateHash } from '../../../../../src/objects/revision.ts';
import type { RolloutObserved } from '../../../../../src/core/rollout/observed.ts';
import type { RoutingObserved } from '../../../../../src/core/routing/observed.ts';
import { routeRefOf } from '../../../../../src/core/routing/routes.ts';
import { releasesWith, usersOf } from '../../../../../src/core/routing/users.ts';
import { candidateOf, governing, type Candidate } from '../../../../../src/core/workload/governing.ts';
import { holderOf } from '../../../../../src/objects/marks.ts';
import { providersFor } from '../../../../../src/traffic/index.ts';
import { projectControllerRevision } from '../../../../../src/workloads/controller-revisions.ts';
import { BUILT_IN } from '../../../../../src/workloads/index.ts';
import { projectReplicaSet } from '../../../../../src/workloads/replica-sets.ts';
import type { Related, Workload } from '../../../../../src/workloads/workload.ts';
import type { ApiServer } from './api-server.ts';

/** What one process knows beside the objects; gone when it dies. */
export interface Memory {
  writtenAt: Record<string, number>;
  nameTaken: boolean;
  /** Switches of the process; all off by default. */
  gates?: Gates;
}
const NO_GATES = Object.fromEntries(FEATURE_GATES.map((gate) => [gate, false])) as Gates;

interface Hashes {
  templateHash: string;
  updateRevision: string;
}
const hashes = new WeakMap<object, Hashes>();

/** Objects never change in place, so a template is hashed once: that is most of the cost of a look. */
export function hashed(object: KubeObject): KubeObject {
  const { template } = object['spec'] as { template: PodTemplate };
  const known = hashes.get(template) ?? { templateHash: templateHash(template), updateRevision: computeHash(template) };
  hashes.set(template, known);
  return { ...object, hashes: known, templateHash: known.templateHash };
}

const candidates = new WeakMap<object, Candidate>();
/** Of the spec alone it depends, and on whether it is being deleted. */
function knownCandidate(rollout: Rollout): Candidate {
  const { deletionTimestamp } = rollout.metadata;
  const known = deletionTimestamp === undefined ? candidates.get(rollout.spec) : undefined;
  const candidate = known ?? candidateOf(rollout);
  if (deletionTimestamp === undefined) candidates.set(rollout.spec, candidate);
  return { ...candidate, rollout };
}

const projections = new WeakMap<KubeObject, KubeObject>();
function projected(object: KubeObject, project: (object: KubeObject) => KubeObject): KubeObject {
  const known = projections.get(object) ?? project(hashed(object));
  projections.set(object, known);
  return known;
}

function projectionFor(kind: Workload, resource: Resource): (object: KubeObject) => KubeObject {
  if (resource.plural === CONTROLLER_REVISIONS.plural) return (object) => projectControllerRevision(object);
  const project = resource.plural === REPLICA_SETS.plural ? projectReplicaSet : kind.project;
  return (object) => projected(object, project);
}

export function relatedOf(server: ApiServer, kind: Workload, workload: KubeObject): Related {
  return Object.fromEntries(
    kind.related(workload).map(({ as, resource, by }) => {
      const project = projectionFor(kind, resource);
      const found = server.list(resource).filter((object) => {
        if ('ownerUid' in by) return (object.metadata.ownerReferences ?? []).some(({ uid }) => uid === by.ownerUid);
        return Object.entries(by.labels).every(([key, value]) => object.metadata.labels?.[key] === value);
      });
      return [as, found.map(project)];
    }),
  );
}

export function observeRollout(
  server: ApiServer,
  name: string,
  now: number,
  memory: Memory,
): RolloutObserved | undefined {
  const rollout = server.get(ROLLOUTS, name) as Rollout | undefined;
  if (rollout === undefined) return undefined;
  const { apiVersion, kind: kindName, name: workloadName } = workloadRefOf(rollout);
  const style = styleOf(rollout);
  const kind = BUILT_IN.byRef(apiVersion, kindName, style);
  const live = kind === undefined ? undefined : server.get(kind.resource, workloadName);
  const object = live === undefined || kind === undefined ? undefined : projected(live, kind.project);
  const related = kind === undefined || object === undefined ? {} : relatedOf(server, kind, object);
  const candidates = server
    .list(ROLLOUTS)
    .filter((one) => workloadRefOf(one).name === workloadName)
    .map((one) => knownCandidate(one as Rollout));
  const own = candidates.find((one) => one.rollout.metadata.name === name);
  const ref = trafficRoutingOf(rollout);
  const shared = trafficRoutingRefOf(rollout);
  const refs = ref === undefined ? [] : providersFor(ref).flatMap((provider) => provider.refs(ref));
  return {
    now,
    rollout,
    kind,
    unsupported: kind === undefined ? BUILT_IN.unsupportedText(apiVersion, kindName, style) : '',
    workload:
      kind === undefined || object === undefined ? undefined : { object, related, view: kind.view(object, related) },
    governor: governing(candidates, object === undefined ? undefined : holderOf(object))?.rollout.metadata.name ?? '',
    violations: own?.standing === 'invalid' ? own.problems : [],
    batchRelease: server.get(BATCH_RELEASES, name) as BatchRelease | undefined,
    stableService: ref === undefined ? undefined : server.get(SERVICES, ref.service),
    canaryService: ref === undefined ? undefined : server.get(SERVICES, canaryNameOf(ref.service)),
    routes: Object.fromEntries(refs.map(({ as, resource, name: routeName }) => [as, server.get(resource, routeName)])),
    shared: shared === '' ? undefined : (server.get(TRAFFIC_ROUTINGS, shared) as TrafficRouting | undefined),
    writtenAt: memory.writtenAt,
    ...(kind?.unblock === undefined ? {} : { pods: server.list(PODS) }),
    gates: memory.gates ?? NO_GATES,
  };
}

export function observeBatchRelease(
  server: ApiServer,
  name: string,
  now: number,
  memory: Memory,
): BatchObserved | undefined {
  const batchRelease = server.get(BATCH_RELEASES, name) as BatchRelease | undefined;
  if (batchRelease === undefined) return undefined;
  const { apiVersion, kind: kindName, name: workloadName } = batchRelease.spec.workloadRef;
  const style = batchRelease.spec.releasePlan.enableExtraWorkloadForCanary ? 'canary' : 'partition';
  const kind = BUILT_IN.byRef(apiVersion, kindName, style);
  const unsupported = kind === undefined ? BUILT_IN.unsupportedText(apiVersion, kindName, style) : '';
  const live = kind === undefined ? undefined : server.get(kind.resource, workloadName);
  const object = live === undefined ? undefined : hashed(live);
  const { nameTaken } = memory;
  memory.nameTaken = false;
  const siblings = (server.list(BATCH_RELEASES) as BatchRelease[]).filter(
    ({ spec: { workloadRef } }) => workloadRef.kind === kindName && workloadRef.name === workloadName,
  );
  const common = { now, batchRelease, siblings, kind, unsupported, nameTaken, gates: memory.gates ?? NO_GATES };
  if (kind === undefined) return { ...common, workload: undefined, related: {}, pods: [] };
  const stand: KubeObject = object ?? { metadata: { name: workloadName, namespace: server.namespace } };
  const related = relatedOf(server, kind, stand);
  if (object === undefined) return { ...common, workload: undefined, related, pods: [] };
  const { podSelector } = kind.release(object, related, releaseContext(batchRelease));
  const pods = server.list(PODS).filter(({ metadata }) => {
    return podSelector !== undefined && Object.entries(podSelector).every(([k, v]) => metadata.labels?.[k] === v);
  });
  const allPods = kind.unblock === undefined ? {} : { allPods: server.list(PODS) };
  return { ...common, workload: { object, view: kind.view(object, related) }, related, pods, ...allPods };
}

export function observeRouting(
  server: ApiServer,
  name: string,
  now: number,
  memory: Memory,
): RoutingObserved | undefined {
  const routing = server.get(TRAFFIC_ROUTINGS, name) as TrafficRouting | undefined;
  if (routing === undefined) return undefined;
  const ref = routeRefOf(routing);
  const refs = providersFor(ref).flatMap((provider) => provider.refs(ref));
  const find = (user: string) => server.get(ROLLOUTS, user) as Rollout | undefined;
  return {
    now,
    routing,
    stale: usersOf(routing).filter((user) => !releasesWith(find(user), name)),
    stableService: server.get(SERVICES, ref.service),
    routes: Object.fromEntries(refs.map(({ as, resource, name: routeName }) => [as, server.get(resource, routeName)])),
    writtenAt: memory.writtenAt,
  };
}
