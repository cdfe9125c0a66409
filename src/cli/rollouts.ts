// Reading Rollouts for a verb: by name or all, with kubectl's words when one is missing, and with ours when the cluster does
// not know the kind.

import type { KubeObject } from '../api/kube.ts';
import { keyOf } from '../api/object-key.ts';
import { ROLLOUTS } from '../api/resources.ts';
import type { Rollout } from '../api/rollout.ts';
import type { Target } from '../objects/actions.ts';
import type { Reader } from '../kube/port.ts';
import { isKubeError } from '../kube/errors.ts';
import { notFound, notInstalled } from './errors.ts';

export const rolloutTarget = (namespace: string, name: string): Target => ({ resource: ROLLOUTS, namespace, name });

/** A namespace of '' means all of them. */
export async function listRollouts(client: Reader, namespace: string, program: string): Promise<Rollout[]> {
  try {
    const { items } = await client.list(ROLLOUTS, namespace === '' ? {} : { namespace });
    return items.sort(byName) as Rollout[];
  } catch (error) {
    if (isKubeError(error) && error.notFound) throw notInstalled(program);
    throw error;
  }
}

export async function getRollout(client: Reader, target: Target, program: string): Promise<Rollout> {
  const found = await client.get(target);
  if (found !== undefined) return found as Rollout;
  // 404 means a missing object or a missing kind; only a list tells them apart.
  await listRollouts(client, target.namespace, program);
  throw notFound(target.name);
}

const byName = (a: KubeObject, b: KubeObject): number => (keyOf(a) < keyOf(b) ? -1 : 1);
