// What the engine of routes sees: the Services and route objects of one owner, whoever it is (a release, a TrafficRouting, a
// lane), and what is remembered of earlier changes. Tasks of this room decide from it and write nowhere.

import type { KubeObject, OwnerReference } from '../../api/kube.ts';
import type { TrafficRoutingRef } from '../../api/rollout.ts';
import { belongsTo } from '../../objects/ownership.ts';
import type { Memory, Watched } from '../../objects/write-times.ts';
import { routeRefsOf } from '../../traffic/index.ts';
import type { Routes } from '../../traffic/provider.ts';
import type { TrafficRemoval } from './traffic-removal.ts';

export interface TrafficScene {
  now: number;
  /** Who changes routes here; what is made for it carries this. */
  owner: OwnerReference;
  ref: TrafficRoutingRef;
  /** Where the owner's spec has the reference, for people. */
  at: string;
  /** Live objects of the reference. */
  routes: Routes;
  stableService: KubeObject | undefined;
  /** Services that the owner changes as well, with their names, present or not. */
  services: readonly Watched[];
  /** Milliseconds between two changes. */
  graceMs: number;
  memory: Memory;
  /** That an earlier change has not settled, for people. */
  unsettled: string;
  /** What was taken away last, as the stored status tells it. */
  lastRemoval: TrafficRemoval | undefined;
}

/** Everything that steers requests. */
export const watchedIn = ({ ref, routes, services }: TrafficScene): Watched[] => [
  ...services,
  ...routeRefsOf(ref).map(({ as, resource, name }) => ({ resource, name, object: routes[as] })),
];

/** Routes, and whose they are to restore. */
export type Owned = Pick<TrafficScene, 'ref' | 'routes' | 'owner'>;

/** What the user wrote, and of what is made under our names what counts as ours. */
export const routesOf = (
  { ref, routes }: Pick<TrafficScene, 'ref' | 'routes'>,
  isOurs: (object: KubeObject) => boolean,
): Routes =>
  Object.fromEntries(
    routeRefsOf(ref).map(({ as, required }): [string, KubeObject | undefined] => {
      const object = routes[as];
      return [as, object !== undefined && (required || isOurs(object)) ? object : undefined];
    }),
  );

/** Without those that were made for somebody else under the same name. */
export const ownRoutes = (scene: Owned): Routes => routesOf(scene, (object) => belongsTo(object, scene.owner.uid));

/** Something that was made beside the user's objects is there. */
export const hasLeftover = (scene: Owned): boolean =>
  Object.values(ownRoutes(scene)).some((object) => object !== undefined && belongsTo(object, scene.owner.uid));
