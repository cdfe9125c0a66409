// The share of a release in a TrafficRouting: a finalizer there says that this Rollout releases with it. It is taken before
// the first new pod and given back first of all when the release ends, so that requests leave before the new pods do.

import { FINALIZER, TRAFFIC_ROUTING_PHASE, trafficRoutingProgressFinalizer, WAIT } from '../../api/names.ts';
import { TRAFFIC_ROUTINGS } from '../../api/resources.ts';
import type { TrafficRouting } from '../../api/traffic-routing.ts';
import { patch } from '../../objects/actions.ts';
import { isUsedBy, usersOf } from '../routing/users.ts';
import { acts, DONE, waits, type Outcome } from '../tasks/outcome.ts';
import type { Release } from './release.ts';

/** Why the release cannot begin to share, for people; once it does, nothing of this stops it. */
export function sharedObstacles({ o: { rollout, shared }, intent }: Release): string[] {
  const name = intent.sharedRouting;
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
export function joinShared({ o: { rollout, shared }, intent }: Release): Outcome {
  const { name } = rollout.metadata;
  if (intent.sharedRouting === '' || shared === undefined || isUsedBy(shared, name)) return DONE;
  const { metadata, status } = shared;
  if (status?.phase === TRAFFIC_ROUTING_PHASE.finalizing) {
    const text = `TrafficRouting ${metadata.name} ends an earlier release first: ${status.message ?? ''}`;
    return waits(WAIT.sharedRouting, text, { facts: [metadata.name, 'join'] });
  }
  const finalizers = [...(metadata.finalizers ?? []), trafficRoutingProgressFinalizer(name)];
  return mark(shared, finalizers, `releases with TrafficRouting ${metadata.name}`);
}

const mark = (shared: TrafficRouting, finalizers: string[], why: string): Outcome =>
  acts([patch(TRAFFIC_ROUTINGS, shared, { metadata: { finalizers } }, why)]);

const NOT_RESTORED: unknown[] = [
  TRAFFIC_ROUTING_PHASE.progressing,
  TRAFFIC_ROUTING_PHASE.finalizing,
  TRAFFIC_ROUTING_PHASE.terminating,
];

/** The share is given back, and whoever was the last of them has waited until the routes are restored. */
export function leaveShared({ o: { rollout, shared }, isReleasing }: Release): Outcome {
  if (shared === undefined) return DONE;
  const { metadata, status } = shared;
  if (isUsedBy(shared, rollout.metadata.name)) {
    const own = trafficRoutingProgressFinalizer(rollout.metadata.name);
    const finalizers = (metadata.finalizers ?? []).filter((name) => name !== own);
    return mark(shared, finalizers, `releases with TrafficRouting ${metadata.name} no more`);
  }
  const isOurs = (metadata.finalizers ?? []).includes(FINALIZER.trafficRouting);
  const isLast = isReleasing && isOurs && usersOf(shared).length === 0;
  if (!isLast || !NOT_RESTORED.includes(status?.phase)) return DONE;
  const text = `TrafficRouting ${metadata.name} is being restored: ${status?.message ?? ''}`;
  return waits(WAIT.sharedRouting, text, { facts: [metadata.name, 'leave'] });
}
