// Grace periods: when we last changed a Service or a route, and whether everybody has had the time to notice. Counted from
// the last write of each object, or from what the status tells of what was taken away.

import type { KubeObject } from '../../api/kube.ts';
import { canaryNameOf, type FinalisingStep } from '../../api/names.ts';
import { SERVICES } from '../../api/resources.ts';
import { gracePeriodSeconds, trafficRoutingOf } from '../../api/rollout-view.ts';
import { routeRefsOf } from '../../traffic/index.ts';
import { timeText } from '../../objects/status.ts';
import { changedAt, latest, remembered, type Memory, type Watched } from '../../objects/write-times.ts';
import type { Draft } from './draft.ts';
import type { RolloutObserved } from './observed.ts';
import { takenAway, WRITING_MS } from './taken-away.ts';

const memoryOf = ({ writtenAt, rollout }: RolloutObserved): Memory => ({
  writtenAt,
  namespace: rollout.metadata.namespace ?? '',
});

/** Everything of the release that steers requests. */
function watched(o: RolloutObserved): Watched[] {
  const ref = trafficRoutingOf(o.rollout);
  if (ref === undefined) return [];
  return [
    { resource: SERVICES, name: ref.service, object: o.stableService },
    { resource: SERVICES, name: canaryNameOf(ref.service), object: o.canaryService },
    ...routeRefsOf(ref).map(({ as, resource, name }) => ({ resource, name, object: o.routes[as] })),
  ];
}

/**
 * When a task that matches took something away. As stored, because a task that begins in this pass has not yet; exact where
 * the process remembers the write.
 */
function takenAwayAt({ o }: Draft, matches: (task: string) => boolean): number | undefined {
  const taken = takenAway(o.rollout.status?.canaryStatus ?? {});
  if (taken === undefined || !matches(taken.by)) return undefined;
  const known = latest(...watched(o).map((one) => remembered(memoryOf(o), one)));
  return known !== undefined && known >= taken.at ? known : taken.at + WRITING_MS;
}

/** True when the grace after `since` is over; else waits for it. */
function isOver(d: Draft, since: number | undefined, what: string): boolean {
  if (since === undefined) return true;
  const until = since + gracePeriodSeconds(d.o.rollout) * 1000;
  if (until <= d.o.now) return true;
  d.wait(`${what}; waits since ${timeText(since)} until ${timeText(until)} for everybody to notice`, until);
  return false;
}

/** The grace after whatever of ours changed last is over. What `task` itself has failed to take away does not count. */
export function isSettled(d: Draft, task?: FinalisingStep): boolean {
  const times = watched(d.o).map((one) => changedAt(memoryOf(d.o), one));
  return isOver(
    d,
    latest(
      ...times,
      takenAwayAt(d, (other) => other !== task),
    ),
    'traffic was changed',
  );
}

/** The grace after our last write to the stable Service is over. */
export const isPinNoticed = (d: Draft, stableService: KubeObject, what: string): boolean =>
  isOver(
    d,
    changedAt(memoryOf(d.o), { resource: SERVICES, name: stableService.metadata.name, object: stableService }),
    what,
  );

/** The grace after this task took something away from one of `from` is over. */
export function isNoticed(d: Draft, task: FinalisingStep, from: Omit<Watched, 'object'>[], what: string): boolean {
  const times = from.map((one) => remembered(memoryOf(d.o), one));
  return isOver(
    d,
    latest(
      ...times,
      takenAwayAt(d, (other) => other === task),
    ),
    what,
  );
}
