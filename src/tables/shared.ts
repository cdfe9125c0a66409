// Tables that no controller has for itself: workloads and what keeps their revisions, Services and routes. Which ones there
// are follows from the registries of workloads and traffic providers; several pipes read them, and so does admission.

import type { KubeObject, Resource } from '../api/kube.ts';
import { SERVICES } from '../api/resources.ts';
import type { Store, Table } from '../kube/store.ts';
import { whoseMetadata } from '../objects/kept.ts';
import { PROVIDERS } from '../traffic/index.ts';
import type { Kinds } from '../workloads/kinds.ts';
import { INDEX } from './keys.ts';

type OnError = (error: unknown) => void;

/** Enough to see that something changed. */
const identityOnly = ({ metadata }: KubeObject): KubeObject => ({ metadata: whoseMetadata(metadata) });

const ownerUids = (object: KubeObject): string[] =>
  (object.metadata.ownerReferences ?? []).filter((owner) => owner.controller === true).map((owner) => owner.uid);

/** The table of one workload kind. */
export const defineWorkloads = (store: Store, kinds: Kinds, resource: Resource, onError: OnError): Table =>
  store.define(resource, { onError, project: kinds.projectionOf(resource), indexes: { [INDEX.owner]: ownerUids } });

export const defineRevisions = (store: Store, kinds: Kinds, onError: OnError): Table[] =>
  kinds.revisionSources.map(({ resource, project }) =>
    store.define(resource, { onError, project, indexes: { [INDEX.owner]: ownerUids } }),
  );

export const defineTraffic = (store: Store, onError: OnError): Table[] =>
  trafficResources().map((resource) => store.define(resource, { onError, project: identityOnly, metadataOnly: true }));

const trafficResources = (): Resource[] => [
  ...new Map(
    [SERVICES, ...PROVIDERS.flatMap((provider) => provider.resources)].map((resource) => [
      `${resource.group}/${resource.plural}`,
      resource,
    ]),
  ).values(),
];
