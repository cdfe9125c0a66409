// Pods as rows, the ones in trouble first; of many alike only some, and a count of the rest.

import type { KubeObject } from '../../api/kube.ts';
import { readAt } from '../../lib/json.ts';
import { age } from '../text/age.ts';
import type { Node } from './tree.ts';

const MANY = 10;

interface ContainerStatus {
  ready?: boolean;
  restartCount?: number;
  image?: string;
  state?: { waiting?: { reason?: string }; terminated?: { reason?: string } };
}

const containersOf = (pod: KubeObject): ContainerStatus[] =>
  (readAt(pod, ['status', 'containerStatuses']) as ContainerStatus[] | undefined) ?? [];

const textAt = (pod: KubeObject, path: string[]): string => {
  const value = readAt(pod, path);
  return typeof value === 'string' ? value : '';
};

/** In one word, as kubectl says it. */
export function podStatus(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const reasons = containersOf(pod).flatMap(({ state }) => state?.waiting?.reason ?? state?.terminated?.reason ?? []);
  return reasons[0] ?? (textAt(pod, ['status', 'reason']) || textAt(pod, ['status', 'phase']) || 'Unknown');
}

function readiness(pod: KubeObject): { ready: number; all: number } {
  const specified = readAt(pod, ['spec', 'containers']);
  const ready = containersOf(pod).filter((container) => container.ready === true).length;
  return { ready, all: Array.isArray(specified) ? specified.length : containersOf(pod).length };
}

/** `1/1`. */
export const readinessText = (pod: KubeObject): string => `${readiness(pod).ready}/${readiness(pod).all}`;

const isReady = (pod: KubeObject): boolean => readiness(pod).ready >= readiness(pod).all;

function podNode(pod: KubeObject, now: number, wide: boolean): Node {
  const { ready, all } = readiness(pod);
  const restarts = containersOf(pod).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  const place = [textAt(pod, ['status', 'podIP']), textAt(pod, ['spec', 'nodeName'])].filter((text) => text !== '');
  const info = [...(restarts > 0 ? [`${restarts} restarts`] : []), ...(wide ? place : [])];
  const { name, creationTimestamp } = pod.metadata;
  return { cells: [`Pod/${name}`, podStatus(pod), `${ready}/${all}`, age(creationTimestamp, now), info.join(', ')] };
}

/** Those that are not ready first, else by name. */
const order = (a: KubeObject, b: KubeObject): number =>
  Number(isReady(a)) - Number(isReady(b)) || (a.metadata.name < b.metadata.name ? -1 : 1);

export function podNodes(pods: readonly KubeObject[], now: number, wide: boolean): Node[] {
  const sorted = [...pods].sort(order);
  const shown = wide || sorted.length <= MANY ? sorted : sorted.slice(0, MANY - 1);
  const rest = sorted.slice(shown.length);
  const nodes = shown.map((pod) => podNode(pod, now, wide));
  if (rest.length === 0) return nodes;
  const ready = rest.filter(isReady).length;
  return [...nodes, { cells: [`${rest.length} more pods`, '', `${ready}/${rest.length}`, '', '-o wide shows them'] }];
}
