// Custom resources that are released like a StatefulSet: named on the command line, by Rollouts in the cluster, or opened to us
// before by a role. Only resources that a CustomResourceDefinition defines are taken from Rollouts, because whoever may write
// a Rollout could otherwise have an administrator's next `install` open Secrets or roles to us.

import { groupOf, type KubeObject, type Resource } from '../../api/kube.ts';
import { LABEL } from '../../api/names.ts';
import { BATCH_RELEASES, CLUSTER_ROLES, CUSTOM_RESOURCE_DEFINITIONS, ROLLOUTS } from '../../api/resources.ts';
import { workloadRefOf } from '../../api/rollout-view.ts';
import { readAt } from '../../lib/json.ts';
import type { WorkloadResource } from '../../install/index.ts';
import type { PolicyRule } from '../../install/rbac.ts';
import type { Reader } from '../../kube/port.ts';
import { isKubeError } from '../../kube/errors.ts';
import { BUILT_IN } from '../../workloads/index.ts';
import { UsageError } from '../errors.ts';

const NAME = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?)\.([a-z0-9]([-a-z0-9.]*[a-z0-9])?)$/;

/** `widgets.example.com`, as the CustomResourceDefinition is called. */
export function workloadNamed(text: string): WorkloadResource {
  const [, plural, , group] = NAME.exec(text) ?? [];
  if (plural !== undefined && group !== undefined) return { plural, group };
  throw new UsageError(
    `error: --workload is "${text}"; it must be RESOURCE.GROUP, the name of a CustomResourceDefinition: widgets.example.com`,
  );
}

/** What tells whether a definition is meant. */
interface Meant {
  /** `group/Kind` of what Rollouts and BatchReleases name. */
  kinds: ReadonlySet<string>;
  /** `group/plural` of what roles open. */
  opened: ReadonlySet<string>;
}

/** Resources in namespaces that no registry line names, in the order of their names. */
export async function customWorkloads(client: Reader): Promise<Resource[]> {
  const meant: Meant = { kinds: await kindsNamed(client), opened: await resourcesOpened(client) };
  if (meant.kinds.size + meant.opened.size === 0) return [];
  const { items } = await client.list(CUSTOM_RESOURCE_DEFINITIONS, { project: withoutSchemas });
  return items.map(resourceOf).filter(({ group, plural, kind, namespaced }) => {
    const known = BUILT_IN.stylesOf(group, kind).length > 0;
    return namespaced && !known && (meant.kinds.has(`${group}/${kind}`) || meant.opened.has(`${group}/${plural}`));
  });
}

interface Definition {
  group: string;
  scope: string;
  names: { plural: string; kind: string };
  versions: { name: string; storage: boolean }[];
}

function withoutSchemas({ metadata, spec }: KubeObject): KubeObject {
  const { group, names, scope, versions } = spec as Definition;
  return {
    metadata,
    spec: { group, names, scope, versions: versions.map(({ name, storage }) => ({ name, storage })) },
  };
}

function resourceOf({ spec }: KubeObject): Resource {
  const { group, scope, names, versions } = spec as Definition;
  const version = versions.find(({ storage }) => storage)?.name ?? '';
  return { group, version, plural: names.plural, kind: names.kind, namespaced: scope === 'Namespaced' };
}

async function kindsNamed(client: Reader): Promise<Set<string>> {
  const refs = [
    ...(await listed(client, ROLLOUTS)).map((rollout) => workloadRefOf(rollout)),
    ...(await listed(client, BATCH_RELEASES)).map((release) => workloadRefOf(release)),
  ];
  return new Set(refs.map(({ apiVersion, kind }) => `${groupOf(apiVersion)}/${kind}`));
}

async function resourcesOpened(client: Reader): Promise<Set<string>> {
  const labels = { matchLabels: { [LABEL.aggregateToManager]: 'true' } };
  const { items } = await client.list(CLUSTER_ROLES, { labels });
  const rules = items.flatMap((role) => (readAt(role, ['rules']) ?? []) as unknown as PolicyRule[]);
  return new Set(
    rules.flatMap(({ apiGroups = [], resources = [] }) =>
      apiGroups.flatMap((group) => resources.map((plural) => `${group}/${plural}`)),
    ),
  );
}

/** None where the kind does not exist. */
async function listed(client: Reader, resource: Resource): Promise<KubeObject[]> {
  try {
    return (await client.list(resource)).items;
  } catch (error) {
    if (isKubeError(error) && error.notFound) return [];
    throw error;
  }
}

/** Each once. */
export const distinct = (workloads: readonly WorkloadResource[]): WorkloadResource[] => [
  ...new Map(workloads.map(({ plural, group }) => [`${plural}.${group}`, { plural, group }])).values(),
];
