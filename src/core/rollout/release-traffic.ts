// Traffic of one release, as tasks that look at the objects each time: pin, canary Service, route, and all of it back. Each
// answers `true` when it is done; otherwise it has put writes or a wait into the draft. Between two changes of Services or
// routes the grace period passes.

import {
  API_VERSION,
  CANARY_BRANCH,
  canaryNameOf,
  ESCAPE,
  FINALISING_STEP,
  LABEL,
  OUR_REASON,
  type FinalisingStep,
} from '../../api/names.ts';
import type { OwnerReference, Strings } from '../../api/kube.ts';
import { SERVICES } from '../../api/resources.ts';
import type { RolloutStep, TrafficRoutingRef } from '../../api/rollout.ts';
import {
  disablesCanaryService,
  patchedPodMetadata,
  routesTraffic as routesRequests,
  trafficRoutingOf,
} from '../../api/rollout-view.ts';
import { providersFor, routeRefsOf, unsupportedRoutes } from '../../traffic/index.ts';
import { belongsTo } from '../../objects/ownership.ts';
import type { Served } from '../../traffic/entries.ts';
import type { RouteRef, Routes, Wish } from '../../traffic/provider.ts';
import * as services from '../../traffic/services.ts';
import type { Action } from '../../objects/actions.ts';
import type { Draft } from './draft.ts';
import { isNoticed, isPinNoticed, isSettled } from './grace.ts';
import type { RolloutObserved } from './observed.ts';
import { isMixed } from './serving.ts';

/** What reads of the Rollout alone need; the command line has no more. */
type OfRollout = Pick<RolloutObserved, 'rollout'>;

export const routingOf = (o: OfRollout): TrafficRoutingRef | undefined => trafficRoutingOf(o.rollout);

export const routesTraffic = (o: OfRollout, step: RolloutStep | undefined): boolean =>
  routingOf(o) !== undefined && step !== undefined && routesRequests(step);

export const ownerOf = (o: OfRollout): OwnerReference => ({
  apiVersion: API_VERSION.v1beta1,
  kind: 'Rollout',
  name: o.rollout.metadata.name,
  uid: o.rollout.metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});

const routing = (o: OfRollout): TrafficRoutingRef => routingOf(o) as TrafficRoutingRef;
const providers = (o: OfRollout): Served[] => {
  const ref = routingOf(o);
  return ref === undefined ? [] : providersFor(ref);
};

/** Why a step that routes requests cannot begin: what it names is missing, or cannot be split. */
export function obstaclesOf(o: RolloutObserved, step: RolloutStep | undefined): string[] {
  const ref = routingOf(o);
  if (ref === undefined) return [];
  const missing = routeRefsOf(ref).filter(({ as, required }) => required && o.routes[as] === undefined);
  const found = [
    ...unsupportedRoutes(ref),
    ...(o.stableService === undefined ? [`Service ${ref.service} does not exist`] : []),
    ...missing.map(missingText),
  ];
  return found.length > 0 || step === undefined || !routesTraffic(o, step) ? found : splitObstacles(o, step);
}

const missingText = ({ resource: { kind, optional }, name }: RouteRef): string =>
  `${kind} ${name} does not exist${optional === true ? ', or the add-on that defines its kind is missing' : ''}`;

function splitObstacles(o: RolloutObserved, step: RolloutStep): string[] {
  const desired = desiredRoute(o, step);
  const broken = providers(o).flatMap((provider) => {
    const verdict = provider.verify(o.routes, desired);
    return verdict.is === 'broken' ? [verdict.reason] : [];
  });
  if (disablesCanaryService(o.rollout) || o.stableService === undefined) return broken;
  const foreign = services.canaryServiceObstacle(o.canaryService, ownerOf(o));
  const { name } = o.stableService.metadata;
  const selects = services.selectorOf(o.stableService) !== undefined;
  return [
    ...(selects ? [] : [`Service ${name} has no selector, so its traffic cannot be split; give it one`]),
    ...(foreign === undefined ? [] : [foreign]),
    ...broken,
  ];
}

/** True when there is nothing to change; what is to change waits until an earlier change has settled. */
function change(d: Draft, actions: Action[], takesAway?: FinalisingStep): boolean {
  const [first] = actions;
  if (first === undefined) return true;
  if (!isSettled(d, takesAway)) return false;
  d.do(actions);
  d.pass(first.why);
  if (takesAway !== undefined && d.status.canaryStatus !== undefined) {
    d.set({ finalisingStep: takesAway });
    d.touch();
  }
  return false;
}

/** The stable Service selects only the stable revision, and everybody has noticed. */
export function pinStable(d: Draft): boolean {
  const { stableService, workload } = d.o;
  if (disablesCanaryService(d.o.rollout) || stableService === undefined || workload === undefined) return true;
  const revision = d.sub.stableRevision ?? '';
  if (revision === '') {
    d.wait('no revision of the workload serves yet, so its Service cannot be pinned to one');
    return false;
  }
  const { name } = stableService.metadata;
  const pin = services.pin(stableService, workload.view.revisionKey, revision);
  if (pin.length > 0 && isMixed(d, workload)) {
    const remedy = `set the template back to revision ${revision}, or take the workload out by label ${LABEL.enrolled}=${ESCAPE}`;
    d.block(
      OUR_REASON.mixedRevisions,
      `several revisions of the workload run, and Service ${name} can select only one; ${remedy}`,
    );
    return false;
  }
  if (!change(d, pin)) return false;
  return isPinNoticed(d, stableService, `Service ${name} selects only the stable revision ${revision}`);
}

/** Those that the pods of the release carry, whatever the Rollout says by now. */
const podLabelsOf = ({ batchRelease, rollout }: RolloutObserved): Strings | undefined =>
  batchRelease !== undefined && belongsTo(batchRelease, rollout.metadata.uid)
    ? batchRelease.spec.releasePlan.patchPodTemplateMetadata?.labels
    : patchedPodMetadata(rollout)?.labels;

function ensureCanaryService(d: Draft): boolean {
  const { stableService, canaryService, workload } = d.o;
  if (disablesCanaryService(d.o.rollout) || stableService === undefined || workload === undefined) return true;
  const revision = d.sub.podTemplateHash ?? '';
  if (revision === '') {
    d.wait('no new pod exists yet that traffic could be routed to');
    return false;
  }
  const wish = {
    key: workload.view.revisionKey,
    revision,
    owner: ownerOf(d.o),
    podLabels: podLabelsOf(d.o),
    addsPodLabels: d.o.gates.AppendPodSelector,
  };
  if (!change(d, services.canaryService(stableService, canaryService, wish))) return false;
  if (canaryService?.metadata.deletionTimestamp === undefined) return true;
  d.wait(`Service ${canaryService.metadata.name} is being deleted and will be made again`);
  return false;
}

export function desiredRoute(o: OfRollout, step: RolloutStep): Wish {
  const percent = Number.parseInt(step.traffic ?? '', 10);
  const { service } = routing(o);
  const canary = {
    name: CANARY_BRANCH,
    service: disablesCanaryService(o.rollout) ? service : canaryNameOf(service),
    weight: Number.isNaN(percent) ? undefined : percent,
    matches: step.matches ?? [],
    headers: step.requestHeaderModifier,
  };
  return { owner: ownerOf(o), base: service, branches: [canary] };
}

/** All traffic to the stable version. */
export const stableRoute = (o: OfRollout): Wish => ({ owner: ownerOf(o), base: routing(o).service, branches: [] });

/** Services and routes show the step's share. */
export function routeStep(d: Draft, step: RolloutStep | undefined): boolean {
  if (step === undefined || !routesTraffic(d.o, step)) return true;
  if (!ensureCanaryService(d)) return false;
  const desired = desiredRoute(d.o, step);
  return providers(d.o).every((provider) => {
    if (!change(d, provider.plan(d.o.routes, desired))) return false;
    return isVerified(d, provider, d.o.routes, desired);
  });
}

function isVerified(d: Draft, provider: Served, routes: Routes, desired: Wish): boolean {
  const verdict = provider.verify(routes, desired);
  if (verdict.is !== 'verified') d.wait(verdict.reason);
  return verdict.is === 'verified';
}

/** The stable Service is as the user wrote it, and everybody has noticed. */
export function restoreStable(d: Draft): boolean {
  const { stableService } = d.o;
  if (stableService === undefined) return true;
  const task = FINALISING_STEP.restoreStableService;
  if (!change(d, services.unpin(stableService), task)) return false;
  const { name } = stableService.metadata;
  return isNoticed(d, task, [{ resource: SERVICES, name }], `Service ${name} selects all pods again`);
}

/** No route leads to the new version any more, and everybody has noticed. */
export function routeToStable(d: Draft): boolean {
  const task = FINALISING_STEP.routeTrafficToStable;
  const routes = ownRoutes(d.o);
  const wish = stableRoute(d.o);
  return providers(d.o).every((provider) => {
    if (!change(d, provider.plan(routes, wish), task)) return false;
    if (!isVerified(d, provider, routes, wish)) return false;
    return isNoticed(d, task, provider.refs, 'all requests go to the stable version');
  });
}

/** Without those that were made for somebody else under the same name. */
const ownRoutes = (o: RolloutObserved): Routes =>
  Object.fromEntries(
    providers(o)
      .flatMap(({ refs }) => refs)
      .map(({ as, required }): [string, Routes[string]] => {
        const object = o.routes[as];
        const isOurs = object !== undefined && (required || belongsTo(object, o.rollout.metadata.uid));
        return [as, isOurs ? object : undefined];
      }),
  );

export function removeCanary(d: Draft): boolean {
  const { canaryService, rollout } = d.o;
  if (canaryService === undefined || !belongsTo(canaryService, rollout.metadata.uid)) return true;
  if (!change(d, services.removeCanaryService(canaryService), FINALISING_STEP.removeCanaryService)) return false;
  d.wait(`Service ${canaryService.metadata.name} is being removed`);
  return false;
}

/** A step without traffic: nothing of ours is in the way of requests. */
export const restoreAll = (d: Draft): boolean => restoreStable(d) && routeToStable(d) && removeCanary(d);
