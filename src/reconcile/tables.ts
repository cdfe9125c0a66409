// What the process watches, and how it finds things in it: tables with projections and indexes, derived from the registries
// of workloads and traffic providers. Deciders read projected objects; whatever is copied is read live instead.

import { groupOf, type KubeObject, type Resource } from '../api/kube.ts';
import { keyIn } from '../api/object-key.ts';
import { BATCH_RELEASES, ROLLOUTS, SERVICES, TRAFFIC_ROUTINGS } from '../api/resources.ts';
import type { BatchRelease } from '../api/batch-release.ts';
import type { ObjectReference, Rollout, TrafficRoutingRef } from '../api/rollout.ts';
import { canaryNameOf } from '../api/names.ts';
import { trafficRoutingOf, trafficRoutingRefOf, workloadRefOf } from '../api/rollout-view.ts';
import type { TrafficRouting } from '../api/traffic-routing.ts';
import { routeRefOf } from '../core/routing/routes.ts';
import { usersOf } from '../core/routing/users.ts';
import type { Store, Table } from '../kube/store.ts';
import { WorkloadTables } from './workload-tables.ts';
import { PROVIDERS, routeRefsOf } from '../traffic/index.ts';
import type { Kinds } from '../workloads/kinds.ts';

export interface Tables {
  rollouts: Table;
  batchReleases: Table;
  /** ReplicaSets, ControllerRevisions: whatever keeps the revisions of workloads. */
  revisions: Table[];
  trafficRoutings: Table;
  /** Only with the gate RolloutHistory. */
  histories?: Table;
  workloads: WorkloadTables;
  /** Services and route objects: only that they changed matters, so little of them is kept. */
  traffic: Table[];
  all: Table[];
}

export const INDEX = {
  workload: 'workload',
  traffic: 'traffic',
  owner: 'owner',
  /** Rollouts by the TrafficRouting that they refer to. */
  shared: 'shared',
  /** TrafficRoutings by the Rollouts that hold a finalizer there. */
  users: 'users',
} as const;

/** Key of one workload everywhere: queue keys, indexes. The version of the API does not matter. */
export const workloadKey = (namespace: string, group: string, kind: string, name: string): string =>
  [namespace, group, kind, name].join('/');

export const keyOfRef = (namespace: string, ref: ObjectReference): string =>
  workloadKey(namespace, groupOf(ref.apiVersion ?? ''), ref.kind ?? '', ref.name ?? '');

export const trafficKey = (plural: string, namespace: string, name: string): string =>
  [plural, namespace, name].join('/');

const namespaceOf = (object: KubeObject): string => object.metadata.namespace ?? '';

function routesOf(namespace: string, ref: TrafficRoutingRef, services: string[]): string[] {
  const routes = routeRefsOf(ref);
  return [
    ...services.map((name) => trafficKey(SERVICES.plural, namespace, name)),
    ...routes.map(({ resource, name }) => trafficKey(resource.plural, namespace, name)),
  ];
}

function trafficOf(rollout: Rollout): string[] {
  const ref = trafficRoutingOf(rollout);
  if (ref === undefined) return [];
  return routesOf(namespaceOf(rollout), ref, [ref.service, canaryNameOf(ref.service)]);
}

const trafficOfShared = (routing: TrafficRouting): string[] => {
  const ref = routeRefOf(routing);
  return routesOf(namespaceOf(routing), ref, [ref.service]);
};

function sharedOf(rollout: KubeObject): string[] {
  const name = trafficRoutingRefOf(rollout);
  return name === '' ? [] : [keyIn(namespaceOf(rollout), name)];
}

/** Enough to see that something changed and who owns it. */
const identityOnly = ({ apiVersion, kind, metadata }: KubeObject): KubeObject => ({
  ...(apiVersion === undefined ? {} : { apiVersion }),
  ...(kind === undefined ? {} : { kind }),
  metadata: {
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
    ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
    ...(metadata.ownerReferences === undefined ? {} : { ownerReferences: metadata.ownerReferences }),
  },
});

const ownerUids = (object: KubeObject): string[] =>
  (object.metadata.ownerReferences ?? []).filter((owner) => owner.controller === true).map((owner) => owner.uid);

export function defineTables(store: Store, kinds: Kinds, onError: (error: unknown) => void): Tables {
  const rollouts = store.define(ROLLOUTS, {
    onError,
    indexes: {
      [INDEX.workload]: (object) => [keyOfRef(namespaceOf(object), workloadRefOf(object as Rollout))],
      [INDEX.traffic]: (object) => trafficOf(object as Rollout),
      [INDEX.shared]: sharedOf,
    },
  });
  const batchReleases = store.define(BATCH_RELEASES, {
    onError,
    indexes: {
      [INDEX.workload]: (object) => [keyOfRef(namespaceOf(object), (object as BatchRelease).spec.workloadRef)],
    },
  });
  const trafficRoutings = defineShared(store, onError);
  const revisions = kinds.revisionSources.map(({ resource, project }) =>
    store.define(resource, { onError, project, indexes: { [INDEX.owner]: ownerUids } }),
  );
  const workloads = new WorkloadTables();
  for (const resource of kinds.resources) workloads.add(defineWorkloads(store, kinds, resource, onError));
  const traffic = trafficResources().map((resource) => store.define(resource, { onError, project: identityOnly }));
  return {
    rollouts,
    batchReleases,
    revisions,
    trafficRoutings,
    workloads,
    traffic,
    all: [rollouts, batchReleases, ...revisions, trafficRoutings, ...workloads.values(), ...traffic],
  };
}

const defineShared = (store: Store, onError: (error: unknown) => void): Table =>
  store.define(TRAFFIC_ROUTINGS, {
    onError,
    indexes: {
      [INDEX.traffic]: (object) => trafficOfShared(object as TrafficRouting),
      [INDEX.users]: (object) => usersOf(object).map((name) => keyIn(namespaceOf(object), name)),
    },
  });
/** The table of one workload kind. */
export const defineWorkloads = (
  store: Store,
  kinds: Kinds,
  resource: Resource,
  onError: (error: unknown) => void,
): Table =>
  store.define(resource, { onError, project: kinds.projectionOf(resource), indexes: { [INDEX.owner]: ownerUids } });

export const trafficResources = (): Resource[] => [
  ...new Map(
    [SERVICES, ...PROVIDERS.flatMap((provider) => provider.resources)].map((resource) => [
      `${resource.group}/${resource.plural}`,
      resource,
    ]),
  ).values(),
];
