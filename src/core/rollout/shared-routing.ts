// The share of a release in a TrafficRouting: a finalizer there says that this Rollout releases with it. It is taken before
// the first new pod and given back first of all when the release ends, so that requests leave before the new pods do.

import { FINALIZER, TRAFFIC_ROUTING_PHASE, trafficRoutingProgressFinalizer } from '../../api/names.ts';
import { TRAFFIC_ROUTINGS } from '../../api/resources.ts';
import { trafficRoutingRefOf } from '../../api/rollout-view.ts';
import { patch } from '../../objects/actions.ts';
import { isUsedBy, usersOf } from '../routing/users.ts';
import type { Draft } from './draft.ts';
import type { RolloutObserved } from './observed.ts';

/** Why the release cannot begin to share, for people; once it does, nothing of this stops it. */
export function sharedObstacles({ rollout, shared }: Pick<RolloutObserved, 'rollout' | 'shared'>): string[] {
  const name = trafficRoutingRefOf(rollout);
  if (name === '') return [];
  if (shared === undefined) return [`TrafficRouting ${name} does not exist`];
  if (isUsedBy(shared, rollout.metadata.name)) return [];
  if (shared.metadata.deletionTimestamp !== undefined) {
    return [`TrafficRouting ${name} is being deleted; make it again once it is gone`];
  }
  const { phase = TRAFFIC_ROUTING_PHASE.initial, message = 'nobody has looked at it yet' } = shared.status ?? {};
  return phase === TRAFFIC_ROUTING_PHASE.initial ? [`TrafficRouting ${name} is not ready: ${message}`] : [];
}

/** The release has its share, or needs none. */
export function joinShared(d: Draft): boolean {
  const { rollout, shared } = d.o;
  const { name } = rollout.metadata;
  if (trafficRoutingRefOf(rollout) === '' || shared === undefined || isUsedBy(shared, name)) return true;
  const { metadata, status } = shared;
  if (status?.phase === TRAFFIC_ROUTING_PHASE.finalizing) {
    d.wait(`TrafficRouting ${metadata.name} ends an earlier release first: ${status.message ?? ''}`);
    return false;
  }
  const finalizers = [...(metadata.finalizers ?? []), trafficRoutingProgressFinalizer(name)];
  const why = `releases with TrafficRouting ${metadata.name}`;
  d.do([patch(TRAFFIC_ROUTINGS, shared, { metadata: { finalizers } }, why)]);
  d.pass(why);
  return false;
}

const NOT_RESTORED: unknown[] = [
  TRAFFIC_ROUTING_PHASE.progressing,
  TRAFFIC_ROUTING_PHASE.finalizing,
  TRAFFIC_ROUTING_PHASE.terminating,
];

/** The share is given back, and whoever was the last of them has waited until the routes are restored. */
export function leaveShared(d: Draft): boolean {
  const { rollout, shared } = d.o;
  if (shared === undefined) return true;
  const { metadata, status } = shared;
  if (isUsedBy(shared, rollout.metadata.name)) {
    const own = trafficRoutingProgressFinalizer(rollout.metadata.name);
    const finalizers = (metadata.finalizers ?? []).filter((name) => name !== own);
    const why = `releases with TrafficRouting ${metadata.name} no more`;
    d.do([patch(TRAFFIC_ROUTINGS, shared, { metadata: { finalizers } }, why)]);
    d.pass(why);
    return false;
  }
  const isOurs = (metadata.finalizers ?? []).includes(FINALIZER.trafficRouting);
  const isLast = d.releasing && isOurs && usersOf(shared).length === 0;
  if (!isLast || !NOT_RESTORED.includes(status?.phase)) return true;
  d.wait(`TrafficRouting ${metadata.name} is being restored: ${status?.message ?? ''}`);
  return false;
}
