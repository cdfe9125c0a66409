// Grace periods: when we last changed a Service or a route, and whether everybody has had the time to notice. Counted from
// the write itself while the process lives; after a restart from managedFields of the object; and where something was taken
// away, which leaves no trace on an object, from the status, which was written just before.

import { canaryNameOf, FIELD_MANAGER, FINALISING_STEP, type FinalisingStep } from '../../api/names.ts';
import type { KubeObject, Resource } from '../../api/kube.ts';
import { SERVICES } from '../../api/resources.ts';
import { gracePeriodSeconds, trafficRoutingOf } from '../../api/rollout-view.ts';
import { providersFor } from '../../traffic/index.ts';
import { notBefore, timeText } from '../status.ts';
import type { Draft } from './draft.ts';
import { writeKey, type RolloutObserved } from './observed.ts';

interface Watched {
  resource: Resource;
  name: string;
  object: KubeObject | undefined;
}

const TAKES_AWAY: string[] = [
  FINALISING_STEP.restoreStableService,
  FINALISING_STEP.routeTrafficToStable,
  FINALISING_STEP.removeCanaryService,
];

const remembered = (o: RolloutObserved, { resource, name }: Omit<Watched, 'object'>): number | undefined =>
  o.writtenAt[writeKey(resource.plural, o.rollout.metadata.namespace ?? '', name)];

/** Our last write that managedFields still show. */
function shownAt(object: KubeObject | undefined): number | undefined {
  const ours = (object?.metadata.managedFields ?? []).filter(
    ({ manager, subresource }) => manager === FIELD_MANAGER && subresource === undefined,
  );
  return latest(...ours.map(({ time }) => notBefore(time)));
}

/** What the process remembers is exact, unless the object shows a later write of ours, whose answer was lost. */
function changedAt(o: RolloutObserved, one: Watched): number | undefined {
  const known = remembered(o, one);
  const shown = shownAt(one.object);
  if (known === undefined || shown === undefined) return known ?? shown;
  return known >= shown - 1000 ? known : shown;
}

function latest(...times: (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Everything of the release that steers requests. */
function watched(o: RolloutObserved): Watched[] {
  const ref = trafficRoutingOf(o.rollout);
  if (ref === undefined) return [];
  return [
    { resource: SERVICES, name: ref.service, object: o.stableService },
    { resource: SERVICES, name: canaryNameOf(ref.service), object: o.canaryService },
    ...providersFor(ref).flatMap((provider) =>
      provider.refs(ref).map(({ as, resource, name }) => ({ resource, name, object: o.routes[as] })),
    ),
  ];
}

/** Which task took something away last, and when. As stored, because a task that begins in this pass has not yet. */
function takenAway({ o: { rollout } }: Draft): { by: string; at: number | undefined } | undefined {
  const { finalisingStep, lastUpdateTime } = rollout.status?.canaryStatus ?? {};
  if (finalisingStep === undefined || !TAKES_AWAY.includes(finalisingStep)) return undefined;
  return { by: finalisingStep, at: notBefore(lastUpdateTime) };
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
  const taken = takenAway(d);
  const times = watched(d.o).map((one) => changedAt(d.o, one));
  return isOver(d, latest(...times, taken?.by === task ? undefined : taken?.at), 'traffic was changed');
}

/** The grace after our last write to the stable Service is over. */
export const isPinNoticed = (d: Draft, stableService: KubeObject, what: string): boolean =>
  isOver(d, changedAt(d.o, { resource: SERVICES, name: stableService.metadata.name, object: stableService }), what);

/** The grace after this task took something away from one of `from` is over. */
export function isNoticed(d: Draft, task: FinalisingStep, from: Omit<Watched, 'object'>[], what: string): boolean {
  const taken = takenAway(d);
  const times = from.map((one) => remembered(d.o, one));
  return isOver(d, latest(...times, taken?.by === task ? taken.at : undefined), what);
}
