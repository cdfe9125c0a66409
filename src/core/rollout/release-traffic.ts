// Traffic of one release, as tasks that look at the objects each time: pin, canary Service, route, and all of it back. Each
// answers `true` when it is done and its grace is over; otherwise it has put writes or a wait into the draft. Between two
// changes of Services or routes the grace period passes, counted from the write itself.

import { canaryNameOf, FIELD_MANAGER, GROUP, API_VERSION } from '../../api/names.ts';
import type { KubeObject, OwnerReference, Resource } from '../../api/kube.ts';
import { SERVICES } from '../../api/resources.ts';
import type { RolloutStep, TrafficRoutingRef } from '../../api/rollout.ts';
import {
  disablesCanaryService,
  gracePeriodSeconds,
  patchedPodMetadata,
  trafficRoutingOf,
} from '../../api/rollout-view.ts';
import { providersFor } from '../../traffic/index.ts';
import type { DesiredRoute, TrafficProvider } from '../../traffic/provider.ts';
import * as services from '../../traffic/services.ts';
import type { Action } from '../actions.ts';
import { notBefore, timeText } from '../status.ts';
import type { Draft } from './draft.ts';
import { writeKey, type RolloutObserved } from './observed.ts';

/** What reads of the Rollout alone need; the command line has no more. */
type OfRollout = Pick<RolloutObserved, 'rollout'>;

export const routingOf = (o: OfRollout): TrafficRoutingRef | undefined => trafficRoutingOf(o.rollout);

export const routesTraffic = (o: OfRollout, step: RolloutStep | undefined): boolean =>
  routingOf(o) !== undefined && (step?.traffic !== undefined || (step?.matches?.length ?? 0) > 0);

export const ownerOf = (o: OfRollout): OwnerReference => ({
  apiVersion: API_VERSION.v1beta1,
  kind: 'Rollout',
  name: o.rollout.metadata.name,
  uid: o.rollout.metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});

/** When we last wrote the object: the process remembers, else managedFields tell. */
function changedAt(o: RolloutObserved, resource: Resource, object: KubeObject): number | undefined {
  const remembered = o.writtenAt[writeKey(resource.plural, object.metadata.namespace ?? '', object.metadata.name)];
  if (remembered !== undefined) return remembered;
  const ours = (object.metadata.managedFields ?? []).filter(
    (entry) => entry.manager === FIELD_MANAGER && entry.subresource === undefined,
  );
  const times = ours.flatMap((entry) => notBefore(entry.time) ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}

/** When an object of ours that is not there any more was deleted. */
function removedAt(o: RolloutObserved, d: Draft, resource: Resource, name: string): number | undefined {
  const remembered = o.writtenAt[writeKey(resource.plural, o.rollout.metadata.namespace ?? '', name)];
  return remembered ?? notBefore(d.sub.lastUpdateTime);
}

const graceMs = (o: RolloutObserved): number => gracePeriodSeconds(o.rollout) * 1000;

/** True when the grace after `since` is over; else waits for it. */
function graceOver(d: Draft, since: number | undefined, what: string): boolean {
  const until = (since ?? 0) + graceMs(d.o);
  if (until <= d.o.now) return true;
  const text = since === undefined ? '' : ` since ${timeText(since)}`;
  d.wait(`${d.status.message ?? ''}`.split(' (')[0] + ` (waiting${text} until ${timeText(until)}: ${what})`, until);
  return false;
}

function latest(...times: (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function serviceChangedAt(o: RolloutObserved): number | undefined {
  const pair = [o.stableService, o.canaryService].filter((service) => service !== undefined);
  return latest(...pair.map((service) => changedAt(o, SERVICES, service)));
}

const routeChangedAt = (o: RolloutObserved): number | undefined =>
  latest(
    ...providers(o).flatMap((provider) =>
      provider.refs(routing(o)).map((ref) => {
        const object = o.routes[ref.as];
        return object === undefined ? undefined : changedAt(o, ref.resource, object);
      }),
    ),
  );

const routing = (o: OfRollout): TrafficRoutingRef => routingOf(o) as TrafficRoutingRef;
const providers = (o: RolloutObserved): TrafficProvider[] => {
  const ref = routingOf(o);
  return ref === undefined ? [] : providersFor(ref);
};

/** Puts writes into the draft unless an earlier change is too fresh; false when anything was left to do. */
function change(d: Draft, actions: Action[], since: number | undefined): boolean {
  if (actions.length === 0) return true;
  if (graceOver(d, since, 'an earlier change of traffic settles')) d.do(actions);
  return false;
}

/** The stable Service selects only the stable revision, and everybody has noticed. */
export function pinStable(d: Draft): boolean {
  const { o } = d;
  const { stableService, workload } = o;
  if (stableService === undefined || workload === undefined) return missingService(d);
  const revision = d.sub.stableRevision ?? '';
  if (services.selectorOf(stableService) === undefined) {
    d.wait(
      `Service ${stableService.metadata.name} has no selector, so traffic cannot be split; give it one or remove trafficRoutings`,
    );
    return false;
  }
  if (revision === '') return true;
  const since = latest(serviceChangedAt(o), routeChangedAt(o));
  if (!change(d, services.pin(stableService, workload.view.revisionKey, revision), since)) return false;
  return graceOver(d, changedAt(o, SERVICES, stableService), 'the stable Service is pinned');
}

function missingService(d: Draft): false {
  d.wait(
    `waiting for Service ${routing(d.o).service}, which spec.strategy names in trafficRoutings[0].service, to exist`,
  );
  return false;
}

const canaryServiceNameOf = (o: OfRollout): string =>
  disablesCanaryService(o.rollout) ? routing(o).service : canaryNameOf(routing(o).service);

function ensureCanaryService(d: Draft): boolean {
  const { o } = d;
  if (disablesCanaryService(o.rollout)) return true;
  const { stableService, workload } = o;
  if (stableService === undefined || workload === undefined) return missingService(d);
  const revision = d.sub.podTemplateHash ?? '';
  if (revision === '') {
    d.wait('waiting for the first new pod, whose revision the canary Service selects');
    return false;
  }
  const wish = {
    key: workload.view.revisionKey,
    revision,
    owner: ownerOf(o),
    podLabels: patchedPodMetadata(o.rollout)?.labels,
  };
  return change(d, services.canaryService(stableService, o.canaryService, wish), serviceChangedAt(o));
}

export function desiredRoute(o: OfRollout, step: RolloutStep): DesiredRoute {
  const percent = Number.parseInt(step.traffic ?? '', 10);
  return {
    stableService: routing(o).service,
    canaryService: canaryServiceNameOf(o),
    weight: Number.isNaN(percent) ? undefined : percent,
    matches: step.matches ?? [],
    requestHeaderModifier: step.requestHeaderModifier,
    owner: ownerOf(o),
  };
}

/** Services and routes show the step's share. */
export function routeStep(d: Draft, step: RolloutStep): boolean {
  if (!routesTraffic(d.o, step)) return restoreAll(d);
  if (!disablesCanaryService(d.o.rollout) && !pinStable(d)) return false;
  if (!ensureCanaryService(d)) return false;
  const desired = desiredRoute(d.o, step);
  for (const provider of providers(d.o)) {
    const since = latest(serviceChangedAt(d.o), routeChangedAt(d.o));
    if (!change(d, provider.plan(routing(d.o), d.o.routes, desired), since)) return false;
    const verdict = provider.verify(routing(d.o), d.o.routes, desired);
    if (verdict.is === 'verified') continue;
    d.wait(`waiting for the route: ${verdict.reason}`);
    return false;
  }
  return true;
}

/** A step without traffic: nothing of ours is left in the way of requests. */
const restoreAll = (d: Draft): boolean => restoreStable(d) && routeToStable(d) && removeCanary(d);

export function restoreStable(d: Draft): boolean {
  const { stableService } = d.o;
  if (stableService === undefined) return true;
  const since = latest(serviceChangedAt(d.o), routeChangedAt(d.o));
  if (!change(d, services.unpin(stableService), since)) return false;
  return graceOver(d, changedAt(d.o, SERVICES, stableService), 'the stable Service selects all pods again');
}

export function routeToStable(d: Draft): boolean {
  for (const provider of providers(d.o)) {
    const ref = routing(d.o);
    const since = latest(serviceChangedAt(d.o), routeChangedAt(d.o));
    const actions = provider.plan(ref, d.o.routes, 'stable');
    if (!change(d, actions, since)) {
      if (d.actions.some((action) => action.do === 'delete')) beginDeletion(d);
      return false;
    }
    const verdict = provider.verify(ref, d.o.routes, 'stable');
    if (verdict.is !== 'verified') {
      d.wait(`waiting for the route: ${verdict.reason}`);
      return false;
    }
    const gone = provider.refs(ref).filter((route) => d.o.routes[route.as] === undefined && !route.required);
    const at = latest(...gone.map((route) => removedAt(d.o, d, route.resource, route.name)));
    if (!graceOver(d, at, 'all traffic is back on the stable version')) return false;
  }
  return true;
}

/** A deletion leaves no object to read its time from, so the status records it beforehand. */
function beginDeletion(d: Draft): void {
  d.touch();
  d.statusFirst = true;
}

export function removeCanary(d: Draft): boolean {
  const { canaryService, rollout } = d.o;
  if (canaryService === undefined) return true;
  const ours = (canaryService.metadata.ownerReferences ?? []).some(
    (owner) => owner.uid === rollout.metadata.uid || owner.apiVersion.startsWith(`${GROUP}/`),
  );
  if (!ours) return true;
  d.do(services.removeCanaryService(canaryService));
  d.wait(`waiting for Service ${canaryService.metadata.name} to be removed`);
  return false;
}
