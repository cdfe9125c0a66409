// The TrafficRouting that a Rollout shares with others, as it tells of itself.

import type { KubeObject } from '../../api/kube.ts';
import { TRAFFIC_ROUTINGS } from '../../api/resources.ts';
import type { TrafficRouting } from '../../api/traffic-routing.ts';
import { age } from '../text/age.ts';
import type { Node } from './tree.ts';

export interface SharedLook {
  name: string;
  /** Undefined = it does not exist, or may not be read. */
  object: KubeObject | undefined;
}

export function sharedNode(shared: SharedLook | undefined, now: number): Node[] {
  if (shared === undefined) return [];
  const { name, object } = shared;
  const { status } = (object ?? {}) as Partial<TrafficRouting>;
  const phase = object === undefined ? 'Missing' : (status?.phase ?? 'Unseen');
  const since = object === undefined ? '' : age(object.metadata.creationTimestamp, now);
  return [{ cells: [`${TRAFFIC_ROUTINGS.kind}/${name}`, phase, '', since, status?.message ?? ''] }];
}
