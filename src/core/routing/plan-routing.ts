// The plan of one TrafficRouting: while any Rollout releases with it, requests are split as its strategy says; afterwards the
// routes are restored. The routes are restored before it may go, whoever deletes it and whenever.

import {
  EVENT_REASON,
  FINALIZER,
  TRAFFIC_ROUTING_PHASE as PHASE,
  trafficRoutingProgressFinalizer,
  WAIT,
} from '../../api/names.ts';
import { TRAFFIC_ROUTINGS } from '../../api/resources.ts';
import type { TrafficRouting } from '../../api/traffic-routing.ts';
import { patch } from '../../objects/actions.ts';
import { type Plan } from '../tasks/plan.ts';
import type { Wish } from '../../traffic/provider.ts';
import { shareText } from '../../traffic/wish.ts';
import { waits, type Outcome, type Waits } from '../tasks/outcome.ts';
import { restoreRoutes, splitRoutes } from '../traffic/route-changes.ts';
import { hasLeftover } from '../traffic/scene.ts';
import { RoutingDraft } from './routing-draft.ts';
import type { RoutingObserved } from './routing-observed.ts';
import { routingObstacles, routingScene, wantedRoute } from './routing-traffic.ts';
import { rolloutsText, usersOf } from './users.ts';

export function planRouting(o: RoutingObserved): Plan {
  const { metadata } = o.routing;
  const finalizers = metadata.finalizers ?? [];
  // A finalizer comes or goes in a write of its own: two from one version would conflict.
  if (o.stale.length > 0) {
    const gone = o.stale.map(trafficRoutingProgressFinalizer);
    const kept = finalizers.filter((name) => !gone.includes(name));
    return keeping(o.routing, kept, `${rolloutsText(o.stale)} ${do_(o.stale)} not release with it any more`);
  }
  const isMarked = finalizers.includes(FINALIZER.trafficRouting);
  if (metadata.deletionTimestamp !== undefined) {
    return isMarked ? terminating(new RoutingDraft(o)) : { actions: [], events: [], why: 'its routes are restored' };
  }
  if (!isMarked) {
    return keeping(o.routing, [...finalizers, FINALIZER.trafficRouting], 'mark the TrafficRouting as ours to restore');
  }
  const d = new RoutingDraft(o);
  decide(d, usersOf(o.routing));
  return d.finish();
}

const do_ = (names: readonly string[]): string => (names.length > 1 ? 'do' : 'does');

const keeping = (routing: TrafficRouting, finalizers: string[], why: string): Plan => ({
  actions: [patch(TRAFFIC_ROUTINGS, routing, { metadata: { finalizers } }, why)],
  events: [],
  why,
});

function decide(d: RoutingDraft, users: string[]): void {
  const { phase } = d.status;
  const isSplit = phase === PHASE.progressing && users.length > 0;
  const hasToEnd = phase === PHASE.finalizing || (phase === PHASE.progressing && !isSplit);
  if (hasToEnd || (users.length === 0 && hasLeftover(routingScene(d.o)))) {
    if (!finalizing(d)) return;
  }
  const obstacles = routingObstacles(d.o);
  if (!isSplit && obstacles.length > 0) return waiting(d, obstacles);
  if (users.length === 0) return healthy(d);
  progressing(d, users, obstacles);
}

const STABLE = 'all requests go to the stable versions';

const cannotSplit = (obstacles: string[]): Waits =>
  waits(WAIT.obstacles, `requests cannot be split: ${obstacles.join('; ')}`, { facts: obstacles });

/** Requests are split as wanted; without a wish the routes are as their user wrote them. */
const route = (o: RoutingObserved, wanted: Wish): Outcome =>
  wanted.branches.length === 0 ? restoreRoutes(routingScene(o)) : splitRoutes(routingScene(o), wanted);

/** As long as requests cannot be split, no Rollout begins to release with it. */
function waiting(d: RoutingDraft, obstacles: string[]): void {
  d.status.phase = PHASE.initial;
  d.fold(cannotSplit(obstacles));
}

function healthy(d: RoutingDraft): void {
  d.status.phase = PHASE.healthy;
  const ignored = d.o.routing.spec.objectRef.length > 1 ? '; of spec.objectRef only the first is used' : '';
  d.say(`${STABLE}, because no Rollout releases with it${ignored}`);
}

function progressing(d: RoutingDraft, users: string[], obstacles: string[]): void {
  const wanted = wantedRoute(d.o.routing);
  if (d.status.phase !== PHASE.progressing)
    d.note(`${rolloutsText(users)}: ${splitText(wanted)}`, EVENT_REASON.routing);
  d.status.phase = PHASE.progressing;
  d.topic = `${rolloutsText(users)} ${users.length > 1 ? 'release' : 'releases'} with it`;
  if (obstacles.length > 0) return void d.fold(cannotSplit(obstacles));
  if (d.fold(route(d.o, wanted))) d.say(`${d.topic}: ${splitText(wanted)}`);
}

function splitText(wanted: Wish): string {
  if (wanted.branches.length === 0) return `${STABLE}, because spec.strategy has neither matches nor weight`;
  return `${shareText(wanted)} go to the new versions`;
}

/** True when the routes are as their user wrote them, and everybody has noticed. */
function finalizing(d: RoutingDraft): boolean {
  d.status.phase = PHASE.finalizing;
  d.topic = 'no Rollout releases with it any more';
  if (!d.fold(restoreRoutes(routingScene(d.o)))) return false;
  d.topic = '';
  d.status.phase = PHASE.healthy;
  d.note(STABLE, EVENT_REASON.routing);
  return true;
}

function terminating(d: RoutingDraft): Plan {
  const { routing } = d.o;
  d.status.phase = PHASE.terminating;
  d.topic = 'TrafficRouting is being deleted';
  if (!d.fold(restoreRoutes(routingScene(d.o)))) return d.finish();
  const users = usersOf(routing);
  if (users.length > 0) {
    const text = `${STABLE}; waits for ${rolloutsText(users)} to finish, which began to release with it`;
    d.fold(waits(WAIT.users, text, { facts: users }));
    return d.finish();
  }
  const kept = (routing.metadata.finalizers ?? []).filter((name) => name !== FINALIZER.trafficRouting);
  return keeping(routing, kept, 'its routes are restored');
}
