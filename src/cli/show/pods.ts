// Pods as rows, the ones in trouble first; of many alike only some, and a count of the rest.

import type { PodModel } from '../../view/pods.ts';
import { ago } from '../../view/times.ts';
import type { Node } from './tree.ts';

const MANY = 10;

/** `1/1`. */
export const readinessText = ({ ready, containers }: PodModel): string => `${ready}/${containers}`;

const isReady = ({ ready, containers }: PodModel): boolean => ready >= containers;

function podNode(pod: PodModel, now: number, wide: boolean): Node {
  const place = [pod.ip, pod.node].filter((text) => text !== '');
  const info = [...(pod.restarts > 0 ? [`${pod.restarts} restarts`] : []), ...(wide ? place : [])];
  return { cells: [`Pod/${pod.name}`, pod.status, readinessText(pod), ago(pod.created, now), info.join(', ')] };
}

/** Those that are not ready first, else by name. */
const order = (a: PodModel, b: PodModel): number =>
  Number(isReady(a)) - Number(isReady(b)) || (a.name < b.name ? -1 : 1);

export function podNodes(pods: readonly PodModel[], now: number, wide: boolean): Node[] {
  const sorted = [...pods].sort(order);
  const shown = wide || sorted.length <= MANY ? sorted : sorted.slice(0, MANY - 1);
  const rest = sorted.slice(shown.length);
  const nodes = shown.map((pod) => podNode(pod, now, wide));
  if (rest.length === 0) return nodes;
  const ready = rest.filter(isReady).length;
  return [...nodes, { cells: [`${rest.length} more pods`, '', `${ready}/${rest.length}`, '', '-o wide shows them'] }];
}
