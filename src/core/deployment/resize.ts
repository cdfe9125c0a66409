// A Deployment in partition style only follows its size: the release is paused, or its template is not the one that may be
// released. Every ReplicaSet keeps its share; pods of old ones that do not serve go first.

import { isActive, type Part } from './replica-set-roles.ts';
import type { Sizing } from './sizing.ts';

/** Sized for another number of replicas. */
const isDue = ({ desired }: Part, replicas: number): boolean =>
  desired !== undefined && desired > 0 && desired !== replicas;

const scaled = (part: Part, replicas: number): number =>
  isDue(part, replicas) ? (part.size * replicas) / (part.desired ?? replicas) : part.size;

/** The ReplicaSets whose size is settled: from now on they count as sized for the present replicas. */
export function resize(sizing: Sizing): Set<Part> {
  const { parts, bounds } = sizing;
  const { replicas, surge } = bounds;
  const active = [parts.fresh, ...parts.old].filter(isActive);
  const total = sizing.total(active);
  // One that is alone is sized by kube-controller-manager.
  if (active.length < 2) return new Set(active.filter(({ size }) => size === replicas));
  if (!active.some((part) => isDue(part, replicas))) return new Set(active);
  const exact = active.reduce((sum, part) => sum + scaled(part, replicas), 0);
  const wanted = replicas === 0 ? 0 : Math.min(Math.max(Math.round(exact), replicas), replicas + surge);
  const goal = wanted >= total ? grown(sizing, active, wanted) : shrunk(sizing, active, total - wanted);
  for (const [part, size] of goal) {
    if (size > part.size) sizing.grow(part, size);
    else if (part === parts.fresh) sizing.shrinkFresh(part.size - size);
  }
  for (const [part, size] of goal) {
    if (part === parts.fresh || size >= part.size) continue;
    const rest = part.size - size;
    sizing.shrink(part, rest - sizing.shrinkUnavailable(part, rest));
  }
  return new Set(active.filter((part) => sizing.of(part) === goal.get(part)));
}

const largest = (parts: readonly Part[], size: (part: Part) => number): Part | undefined =>
  parts.reduce<Part | undefined>(
    (best, part) => (best === undefined || size(part) >= size(best) ? part : best),
    undefined,
  );

/** What rounding leaves over goes to the largest old one. */
function grown({ parts, bounds }: Sizing, active: readonly Part[], wanted: number): Map<Part, number> {
  const goal = new Map(active.map((part) => [part, Math.max(part.size, Math.floor(scaled(part, bounds.replicas)))]));
  const rest = wanted - [...goal.values()].reduce((sum, size) => sum + size, 0);
  const old = active.filter((part) => part !== parts.fresh);
  const heir = largest(old, ({ size }) => size);
  if (heir !== undefined && rest > 0) goal.set(heir, (goal.get(heir) ?? 0) + rest);
  return goal;
}

function shrunk({ parts }: Sizing, active: readonly Part[], cut: number): Map<Part, number> {
  const goal = new Map(active.map((part) => [part, part.size]));
  let left = cut;
  const take = (part: Part, count: number): void => {
    const size = goal.get(part) ?? 0;
    const taken = Math.min(count, size, left);
    left -= taken;
    goal.set(part, size - taken);
  };
  for (const part of active) if (part !== parts.fresh) take(part, part.size - part.available);
  const base = active.map((part) => [part, goal.get(part) ?? 0] as const);
  const sum = base.reduce((all, [, size]) => all + size, 0);
  const share = left;
  for (const [part, size] of base) take(part, sum === 0 ? 0 : Math.floor((share * size) / sum));
  while (left > 0) {
    const heir = largest(active, (part) => goal.get(part) ?? 0);
    if (heir === undefined || goal.get(heir) === 0) break;
    take(heir, 1);
  }
  return goal;
}
