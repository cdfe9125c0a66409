// Rollouts that were let pass moments ago: which ones are worth remembering, and which of them count beside what the cache has.

import type { KubeObject } from '../../api/kube.ts';
import { ROLLOUTS } from '../../api/resources.ts';
import type { Rollout } from '../../api/rollout.ts';
import { applied } from '../../lib/json-patch.ts';
import { refersTo } from '../workload/governing.ts';
import { asStored } from './judges/rollout-rules.ts';
import type { Review, Verdict } from './types.ts';

/** The Rollout that the API server is about to store, when it is. */
export function rolloutLetPass(review: Review, verdict: Verdict): Rollout | undefined {
  const { group, resource, subresource, dryRun, object } = review;
  if (group !== ROLLOUTS.group || resource !== ROLLOUTS.plural || subresource !== '') return undefined;
  if (verdict.is === 'deny' || dryRun || object === undefined) return undefined;
  return asStored(verdict.is === 'patch' ? applied(object, verdict.operations) : object);
}

/** The cache has it, or has a later one; of two that were made under one name the later is the one let pass. */
export const isShown = (cached: KubeObject | undefined, noted: Rollout): boolean =>
  cached !== undefined &&
  cached.metadata.uid === noted.metadata.uid &&
  (cached.metadata.generation ?? 0) >= (noted.metadata.generation ?? 0);

/** Rollouts for the reviewed workload: those that the cache has, and of `remembered`, all of its namespace, what is news. */
export function withRemembered(
  { group, kind, name }: Review,
  known: readonly Rollout[],
  remembered: readonly Rollout[],
  cached: (name: string) => KubeObject | undefined,
): Rollout[] {
  const news = remembered.filter((one) => !isShown(cached(one.metadata.name), one));
  const names = new Set(news.map(({ metadata }) => metadata.name));
  const kept = known.filter(({ metadata }) => !names.has(metadata.name));
  return [...kept, ...news.filter((one) => refersTo(one, group, kind, name))];
}
