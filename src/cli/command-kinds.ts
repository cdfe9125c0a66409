// Which workload kinds a command knows: those of the registry, and a kind of the cluster's own when the workload at hand is
// marked as one that is released like a StatefulSet. Without such a mark a kind stays unknown, as it is to the controller.

import { groupOf, type KubeObject, type Resource } from '../api/kube.ts';
import { LABEL, WORKLOAD_TYPE } from '../api/names.ts';
import type { Rollout } from '../api/rollout.ts';
import { styleOf, workloadRefOf } from '../api/rollout-view.ts';
import { enrolledStyle, labelOf } from '../objects/marks.ts';
import type { Reader } from '../kube/port.ts';
import { isKubeError } from '../kube/errors.ts';
import { servedKind } from '../kube/served-kind.ts';
import { BUILT_IN, WORKLOADS } from '../workloads/index.ts';
import { Kinds } from '../workloads/kinds.ts';
import type { Workload } from '../workloads/workload.ts';
import { listRollouts } from './rollouts.ts';

/** With the kind of this resource, whether the registry has it or not. */
export function kindsWith(resource: Resource): Kinds {
  const kinds = new Kinds(WORKLOADS);
  kinds.learn(resource);
  return kinds;
}

const isMarked = (object: KubeObject): boolean =>
  enrolledStyle(object) !== undefined || labelOf(object, LABEL.workloadType) === WORKLOAD_TYPE.statefulset;

/** The implementation for the workload of a Rollout; undefined when there is none. */
export async function kindOf(client: Reader, rollout: Rollout): Promise<Workload | undefined> {
  const { apiVersion, kind, name } = workloadRefOf(rollout);
  const style = styleOf(rollout);
  const known = BUILT_IN.byRef(apiVersion, kind, style);
  if (known !== undefined || BUILT_IN.stylesOf(groupOf(apiVersion), kind).length > 0) return known;
  const resource = await served(client, apiVersion, kind);
  if (resource === undefined) return undefined;
  const object = await client.get({ resource, namespace: rollout.metadata.namespace ?? '', name });
  return object === undefined || !isMarked(object) ? undefined : kindsWith(resource).byRef(apiVersion, kind, style);
}

/** Kinds beyond the registry that Rollouts of the namespace release. */
export async function ownKinds(client: Reader, namespace: string, program: string): Promise<Workload[]> {
  const rollouts = await listRollouts(client, namespace, program);
  const isOwn = (rollout: Rollout): boolean => {
    const { apiVersion, kind } = workloadRefOf(rollout);
    return BUILT_IN.stylesOf(groupOf(apiVersion), kind).length === 0;
  };
  const found = await Promise.all(rollouts.filter(isOwn).map((rollout) => kindOf(client, rollout)));
  return found.filter((kind) => kind !== undefined);
}

async function served(client: Reader, apiVersion: string, kind: string): Promise<Resource | undefined> {
  try {
    return kind === '' || apiVersion === '' ? undefined : await servedKind(client, apiVersion, kind);
  } catch (error) {
    if (isKubeError(error) && error.status === 403) return undefined;
    throw error;
  }
}
