// The one engine of routes: split as wished, or restored, by whichever providers serve the reference. Between two changes of
// Services or routes the grace period passes; nothing counts as done before the objects show it.

import { FINALISING_STEP, WAIT, type FinalisingStep } from '../../api/names.ts';
import type { Action } from '../../objects/actions.ts';
import type { ServedEntry } from '../../traffic/entries.ts';
import { providersFor, routeRefsOf, unsupportedRoutes } from '../../traffic/index.ts';
import type { RouteRef, Routes, Wish } from '../../traffic/provider.ts';
import { acts, DONE, inOrder, waits, type Outcome } from '../tasks/outcome.ts';
import { graceAfter, isNoticed, isSettled } from './grace.ts';
import { ownRoutes, type Owned, type TrafficScene } from './scene.ts';

interface Change {
  /** The task takes something away. */
  removes?: FinalisingStep;
  /** What everybody has to notice before anything else goes on. */
  notice?: string;
}

/** Done when there is nothing to change; what is to change waits until an earlier change has settled. */
export function changeTraffic(
  scene: TrafficScene,
  actions: readonly Action[],
  { removes, notice }: Change = {},
): Outcome {
  if (actions.length === 0) return DONE;
  const settled = isSettled(scene, removes);
  if (settled.is !== 'done') return settled;
  return withNotice(scene, { ...acts(actions), ...(removes === undefined ? {} : { removes }) }, notice);
}

/** The same, telling of the grace that follows. */
export function withNotice(scene: TrafficScene, outcome: Outcome, notice: string | undefined): Outcome {
  const then = notice === undefined ? undefined : graceAfter(scene, notice);
  return outcome.is !== 'acts' || then === undefined ? outcome : { ...outcome, then };
}

/** The routes do not show the wish yet. */
export const isToSplit = ({ ref, routes }: TrafficScene, wish: Wish): boolean =>
  providersFor(ref).some(({ plan }) => plan(routes, wish).length > 0);

function isVerified({ refs, verify }: ServedEntry, routes: Routes, wish: Wish): Outcome {
  const verdict = verify(routes, wish);
  if (verdict.is === 'verified') return DONE;
  const where = refs.map(({ as, name }) => `${as} ${name}`);
  const because = verdict.is === 'pending' && verdict.because !== undefined ? [verdict.because] : [];
  return waits(WAIT.route, verdict.reason, {
    facts: verdict.is === 'broken' ? [verdict.reason] : [...where, ...because],
  });
}

/** Routes show the wished split. */
export function splitRoutes(scene: TrafficScene, wish: Wish): Outcome {
  const { ref, routes } = scene;
  const tasks = providersFor(ref).flatMap((served) => [
    () => changeTraffic(scene, served.plan(routes, wish)),
    () => isVerified(served, routes, wish),
  ]);
  return inOrder(tasks, undefined);
}

/** Everything of the owner gone from the way of requests. */
const nothing = ({ owner, ref }: Pick<TrafficScene, 'owner' | 'ref'>): Wish => ({
  owner,
  base: ref.service,
  branches: [],
});

const RESTORED = { removes: FINALISING_STEP.routeTrafficToStable, notice: 'all requests go to the stable version' };

/** No route leads to a branch of the owner any more, and everybody has noticed. */
export function restoreRoutes(scene: TrafficScene): Outcome {
  const routes = ownRoutes(scene);
  const wish = nothing(scene);
  const tasks = providersFor(scene.ref).flatMap((served) => [
    () => changeTraffic(scene, served.plan(routes, wish), RESTORED),
    () => isVerified(served, routes, wish),
    () => isNoticed(scene, RESTORED.removes, served.refs, RESTORED.notice),
  ]);
  return inOrder(tasks, undefined);
}

/** The writes by which routes are restored at once, for whoever cannot wait for notice. */
export const restorations = (scene: Owned, routes = ownRoutes(scene)): Action[] => {
  return providersFor(scene.ref).flatMap(({ plan }) => plan(routes, nothing(scene)));
};

/** What the reference names and the cluster lacks, or nobody here serves. */
export function missingObjects(scene: TrafficScene, missingText: (ref: RouteRef) => string): string[] {
  const { ref, at, routes, stableService } = scene;
  const missing = routeRefsOf(ref).filter(({ as, required }) => required && routes[as] === undefined);
  return [
    ...unsupportedRoutes(ref, at),
    ...(stableService === undefined ? [`Service ${ref.service} does not exist`] : []),
    ...missing.map(missingText),
  ];
}

/** Why the routes that are there cannot show the wish. */
export const brokenRoutes = ({ ref, routes }: TrafficScene, wish: Wish): string[] =>
  providersFor(ref).flatMap(({ verify }) => {
    const verdict = verify(routes, wish);
    return verdict.is === 'broken' ? [verdict.reason] : [];
  });
