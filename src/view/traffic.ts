// Where requests go: which revision each Service selects, and what share the route objects show. The share is not believed
// but verified: the provider says for which step's wish the live objects are right.

import { intentOf } from '../api/intent.ts';
import type { KubeObject } from '../api/kube.ts';
import type { Rollout, RolloutStep } from '../api/rollout.ts';
import { progressOf } from '../api/progress.ts';
import { stepsOf } from '../api/rollout-view.ts';
import type { TrafficRouting } from '../api/traffic-routing.ts';
import { wishOf } from '../core/rollout/release-traffic.ts';
import { movesRequests } from '../core/rollout/release.ts';
import type { ServedEntry } from '../traffic/entries.ts';
import { providersFor, routeRefsOf, unsupportedRoutes } from '../traffic/index.ts';
import type { Wish } from '../traffic/provider.ts';
import { serviceSelector } from '../traffic/services.ts';
import type { WorkloadView } from '../workloads/workload.ts';
import type { SharedLook, TrafficLook } from './look.ts';
import { stepShareText, type Share } from './share.ts';
import { momentOf } from './times.ts';

/** An object that has a part in routing. */
export interface RouteModel {
  kind: string;
  name: string;
  exists: boolean;
  created: number | undefined;
}

export interface ServiceModel extends RouteModel {
  /** Undefined: all pods of the workload, or nobody knows. */
  selects: { revision: string; role: 'stable' | 'new' } | undefined;
  /** It selects pods of all revisions. */
  selectsAll: boolean;
}

/** What the route objects of one kind show now. */
export type Requests =
  | { go: 'to-stable'; service: string }
  | { go: 'apart'; share: Share }
  /** On their way to what the step wants; why they are not there yet. */
  | { go: 'elsewhere'; why: string }
  | { go: 'unsupported'; why: string };

export interface TrafficModel {
  requests: Requests[];
  services: ServiceModel[];
  routes: RouteModel[];
}

/** The TrafficRouting that the Rollout shares with others, as it tells of itself. */
export interface SharedModel {
  name: string;
  exists: boolean;
  created: number | undefined;
  /** 'Missing' when it is not there, 'Unseen' when nobody has looked at it yet. */
  phase: string;
  message: string;
}

export function sharedModel({ name, object }: SharedLook): SharedModel {
  const { status } = (object ?? {}) as Partial<TrafficRouting>;
  return {
    name,
    exists: object !== undefined,
    created: momentOf(object?.metadata.creationTimestamp),
    phase: object === undefined ? 'Missing' : (status?.phase ?? 'Unseen'),
    message: status?.message ?? '',
  };
}

const routeModel = (kind: string, name: string, object: KubeObject | undefined): RouteModel => ({
  kind,
  name,
  exists: object !== undefined,
  created: momentOf(object?.metadata.creationTimestamp),
});

function serviceModel(name: string, service: KubeObject | undefined, view: WorkloadView | undefined): ServiceModel {
  const common = routeModel('Service', name, service);
  if (service === undefined || view === undefined) return { ...common, selects: undefined, selectsAll: false };
  const revision = serviceSelector(service)?.[view.revisionKey];
  if (revision === undefined) return { ...common, selects: undefined, selectsAll: true };
  const role = revision === view.stableRevision ? 'stable' : 'new';
  return { ...common, selects: { revision, role }, selectsAll: false };
}

export function trafficModel(rollout: Rollout, traffic: TrafficLook, view: WorkloadView | undefined): TrafficModel {
  const { ref, stableService, canaryService, routes } = traffic;
  return {
    requests: requestsOf(rollout, traffic),
    services: [
      serviceModel(ref.service, stableService, view),
      ...(canaryService === undefined ? [] : [serviceModel(canaryService.metadata.name, canaryService, view)]),
    ],
    routes: routeRefsOf(ref)
      .filter(({ as, required }) => required || routes[as] !== undefined)
      .map(({ as, resource, name }) => routeModel(resource.kind, name, routes[as])),
  };
}

const wishFor = (rollout: Rollout, step: RolloutStep | undefined): Wish => wishOf(rollout, intentOf(rollout), step);

function requestsOf(rollout: Rollout, traffic: TrafficLook): Requests[] {
  const { ref, routes } = traffic;
  const unsupported = unsupportedRoutes(ref);
  if (unsupported.length > 0) return unsupported.map((why) => ({ go: 'unsupported', why }));
  return providersFor(ref).map(({ verify }): Requests => {
    const shows = (step: RolloutStep | undefined): boolean => verify(routes, wishFor(rollout, step)).is === 'verified';
    if (shows(undefined)) return { go: 'to-stable', service: ref.service };
    const step = stepsOf(rollout).find((one) => movesRequests(intentOf(rollout), one) && shows(one));
    return step === undefined
      ? { go: 'elsewhere', why: whyNot(verify, rollout, traffic) }
      : { go: 'apart', share: shareOf(step) };
  });
}

const shareOf = ({ traffic, matches }: Share): Share => ({
  ...(traffic === undefined ? {} : { traffic }),
  ...(matches === undefined ? {} : { matches }),
});

function whyNot(verify: ServedEntry['verify'], rollout: Rollout, { routes }: TrafficLook): string {
  const step = stepsOf(rollout)[(progressOf(rollout)?.step ?? 1) - 1];
  const verdict = verify(routes, wishFor(rollout, step));
  return verdict.is === 'verified' ? '' : verdict.reason;
}

/** In words. */
export function requestsText(requests: readonly Requests[]): string {
  const text = (one: Requests): string => {
    if (one.go === 'to-stable') return `all requests go to Service/${one.service}`;
    return one.go === 'apart' ? `${stepShareText(one.share)} to new pods` : one.why;
  };
  return requests.map(text).join('; ');
}
