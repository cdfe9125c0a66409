// What the process watches, and how it finds things in it: tables with projections and indexes, derived from the registries
// of workloads and traffic providers. Deciders read projected objects; whatever is copied is read live instead.

import { groupOf, type KubeObject, type Resource } from '../api/kube.ts';
import { BATCH_RELEASES, REPLICA_SETS, ROLLOUTS, SERVICES } from '../api/resources.ts';
import type { BatchRelease } from '../api/batch-release.ts';
import type { ObjectReference, Rollout } from '../api/rollout.ts';
import { canaryNameOf } from '../api/names.ts';
import { trafficRoutingOf, workloadRefOf } from '../api/rollout-view.ts';
import type { Store, Table } from '../kube/store.ts';
import { PROVIDERS, providersFor } from '../traffic/index.ts';
import { allResources, projectionOf } from '../workloads/index.ts';
import { projectReplicaSet } from '../workloads/replica-sets.ts';

export interface Tables {
  rollouts: Table;
  batchReleases: Table;
  replicaSets: Table;
  /** By `group/Kind`. */
  workloads: Map<string, Table>;
  /** Services and route objects: only that they changed matters, so little of them is kept. */
  traffic: Table[];
  all: Table[];
}

export const INDEX = { workload: 'workload', traffic: 'traffic', owner: 'owner' } as const;

export const kindKey = (group: string, kind: string): string => `${group}/${kind}`;
/** Key of one workload everywhere: queue keys, indexes. The version of the API does not matter. */
export const workloadKey = (namespace: string, group: string, kind: string, name: string): string =>
  [namespace, group, kind, name].join('/');

export const keyOfRef = (namespace: string, ref: ObjectReference): string =>
  workloadKey(namespace, groupOf(ref.apiVersion ?? ''), ref.kind ?? '', ref.name ?? '');

export const trafficKey = (plural: string, namespace: string, name: string): string =>
  [plural, namespace, name].join('/');

const namespaceOf = (object: KubeObject): string => object.metadata.namespace ?? '';

function trafficOf(rollout: Rollout): string[] {
  const ref = trafficRoutingOf(rollout);
  if (ref === undefined) return [];
  const namespace = namespaceOf(rollout);
  const services = [ref.service, canaryNameOf(ref.service)].map((name) => trafficKey(SERVICES.plural, namespace, name));
  const routes = providersFor(ref).flatMap((provider) => provider.refs(ref));
  return [...services, ...routes.map(({ resource, name }) => trafficKey(resource.plural, namespace, name))];
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

export function defineTables(store: Store, onError: (error: unknown) => void): Tables {
  const rollouts = store.define(ROLLOUTS, {
    onError,
    indexes: {
      [INDEX.workload]: (object) => [keyOfRef(namespaceOf(object), workloadRefOf(object as Rollout))],
      [INDEX.traffic]: (object) => trafficOf(object as Rollout),
    },
  });
  const batchReleases = store.define(BATCH_RELEASES, {
    onError,
    indexes: {
      [INDEX.workload]: (object) => [keyOfRef(namespaceOf(object), (object as BatchRelease).spec.workloadRef)],
    },
  });
  const replicaSets = store.define(REPLICA_SETS, {
    onError,
    project: projectReplicaSet,
    indexes: { [INDEX.owner]: ownerUids },
  });
  const workloads = new Map(
    allResources().map((resource) => [kindKey(resource.group, resource.kind), define(resource)]),
  );
  const traffic = trafficResources().map((resource) => store.define(resource, { onError, project: identityOnly }));
  return {
    rollouts,
    batchReleases,
    replicaSets,
    workloads,
    traffic,
    all: [rollouts, batchReleases, replicaSets, ...workloads.values(), ...traffic],
  };

  function define(resource: Resource): Table {
    return store.define(resource, { onError, project: projectionOf(resource), indexes: { [INDEX.owner]: ownerUids } });
  }
}

export const trafficResources = (): Resource[] => [
  ...new Map(
    [SERVICES, ...PROVIDERS.flatMap((provider) => provider.resources)].map((resource) => [
      `${resource.group}/${resource.plural}`,
      resource,
    ]),
  ).values(),
];
