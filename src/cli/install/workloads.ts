// Custom resources that are released like a StatefulSet: named on the command line, or named by Rollouts in the cluster. Only
// resources that a CustomResourceDefinition defines are taken from Rollouts, because whoever may write a Rollout could
// otherwise have an administrator's next `install` open Secrets or roles to us.

import { groupOf, type KubeObject } from '../../api/kube.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, ROLLOUTS } from '../../api/resources.ts';
import type { Rollout } from '../../api/rollout.ts';
import { workloadRefOf } from '../../api/rollout-view.ts';
import { readAt } from '../../core/json-patch.ts';
import type { WorkloadResource } from '../../install/index.ts';
import type { Client } from '../../kube/client.ts';
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

const named = (custom: KubeObject, field: 'kind' | 'plural'): string =>
  String(readAt(custom, ['spec', 'names', field]) ?? '');

/** Large schemas are dropped page by page. */
const namesOnly = ({ metadata, spec }: KubeObject): KubeObject => {
  const { group, names, scope } = (spec ?? {}) as Record<string, unknown>;
  return { metadata, spec: { group, names, scope } };
};

/** What live Rollouts release and no registry knows, in the order of their names. */
export async function workloadsOfRollouts(client: Client): Promise<WorkloadResource[]> {
  const rollouts = await rolloutsIn(client);
  const refs = rollouts.map((rollout) => workloadRefOf(rollout));
  const unknown = refs.filter(({ apiVersion, kind }) => BUILT_IN.stylesOf(groupOf(apiVersion), kind).length === 0);
  if (unknown.length === 0) return [];
  const { items } = await client.list(CUSTOM_RESOURCE_DEFINITIONS, { project: namesOnly });
  const meant = items.filter(
    (custom) =>
      readAt(custom, ['spec', 'scope']) === 'Namespaced' &&
      unknown.some(
        ({ apiVersion, kind }) =>
          groupOf(apiVersion) === readAt(custom, ['spec', 'group']) && kind === named(custom, 'kind'),
      ),
  );
  return meant.map((custom) => ({
    plural: named(custom, 'plural'),
    group: String(readAt(custom, ['spec', 'group'])),
  }));
}

/** None where the kind does not exist yet. */
async function rolloutsIn(client: Client): Promise<Rollout[]> {
  try {
    return (await client.list(ROLLOUTS)).items as Rollout[];
  } catch (error) {
    if (isKubeError(error) && error.notFound) return [];
    throw error;
  }
}

/** Each once. */
export const distinct = (workloads: readonly WorkloadResource[]): WorkloadResource[] => [
  ...new Map(workloads.map((one) => [`${one.plural}.${one.group}`, one])).values(),
];
