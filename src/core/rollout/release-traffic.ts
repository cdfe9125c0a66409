// Traffic of one release, as tasks that look at the objects each time: pin, canary Service, route, and all of it back. The routes
// themselves are the engine's (core/traffic); what is here is what a release wishes of it, and its two Services.

import {
  CANARY_BRANCH,
  canaryServiceNameOf,
  ESCAPE,
  FINALISING_STEP,
  LABEL,
  OUR_REASON,
  WAIT,
} from '../../api/names.ts';
import type { Strings } from '../../api/kube.ts';
import type { Intent } from '../../api/intent.ts';
import { SERVICES } from '../../api/resources.ts';
import type { Rollout, RolloutStep, TrafficRoutingRef } from '../../api/rollout.ts';
import { belongsTo } from '../../objects/ownership.ts';
import type { Wish, RouteRef } from '../../traffic/provider.ts';
import * as services from '../../traffic/services.ts';
import { DONE, failed, inOrder, waits, type Outcome } from '../tasks/outcome.ts';
import { isNoticed, isWriteNoticed } from '../traffic/grace.ts';
import {
  brokenRoutes,
  changeTraffic,
  isToSplit,
  missingObjects,
  restoreRoutes,
  splitRoutes,
  withNotice,
} from '../traffic/route-changes.ts';
import type { TrafficScene } from '../traffic/scene.ts';
import { leadsToNewPods, leadsToStablePods } from './pods-behind.ts';
import { goesOn, movesRequests, rolloutOwner, type Release } from './release.ts';
import { isMixed } from './stable-pods.ts';
import { lastRemoval } from './last-removal.ts';

/** The release as the engine of routes sees it; undefined where it touches no requests. */
function releaseScene({ o, intent, stored }: Release): TrafficScene | undefined {
  const { routing } = intent;
  if (routing === undefined) return undefined;
  const { rollout, stableService, canaryService, routes, now, writtenAt } = o;
  return {
    now,
    owner: rolloutOwner(rollout),
    ref: routing,
    at: 'trafficRoutings[0]',
    routes,
    stableService,
    services: [
      { resource: SERVICES, name: routing.service, object: stableService },
      { resource: SERVICES, name: canaryServiceNameOf(routing.service), object: canaryService },
    ],
    graceMs: intent.graceMs,
    unsettled: 'traffic was changed',
    memory: { writtenAt, namespace: rollout.metadata.namespace ?? '' },
    lastRemoval: lastRemoval(stored),
  };
}

/** Why a step that routes requests cannot begin: what it names is missing, or cannot be split. */
export function releaseObstacles(release: Release, step: RolloutStep | undefined): string[] {
  const scene = releaseScene(release);
  if (scene === undefined) return [];
  const found = missingObjects(scene, missingText);
  return found.length > 0 || step === undefined || !movesRequests(release.intent, step)
    ? found
    : splitObstacles(release, scene, step);
}

const missingText = ({ resource: { kind, optional }, name }: RouteRef): string =>
  `${kind} ${name} does not exist${optional === true ? ', or the add-on that defines its kind is missing' : ''}`;

function splitObstacles({ o, intent }: Release, scene: TrafficScene, step: RolloutStep): string[] {
  const broken = brokenRoutes(scene, wishOf(o.rollout, intent, step));
  if (!intent.splitsService || o.stableService === undefined) return broken;
  const foreign = services.canaryServiceObstacle(o.canaryService, scene.owner);
  const { name } = o.stableService.metadata;
  const selects = services.serviceSelector(o.stableService) !== undefined;
  return [
    ...(selects ? [] : [`Service ${name} has no selector, so its traffic cannot be split; give it one`]),
    ...(foreign === undefined ? [] : [foreign]),
    ...broken,
  ];
}

/** The stable Service selects only the stable revision, and everybody has noticed. */
export function pinStable(release: Release): Outcome {
  const { o, intent, progress } = release;
  const { stableService, workload } = o;
  const scene = releaseScene(release);
  if (scene === undefined || !intent.splitsService || stableService === undefined || workload === undefined)
    return DONE;
  const revision = progress.stableRevision ?? '';
  if (revision === '') {
    return waits(WAIT.stablePods, 'no revision of the workload serves yet, so its Service cannot be pinned to one');
  }
  const { name } = stableService.metadata;
  const pin = services.pin(stableService, workload.view.revisionKey, revision);
  if (pin.length > 0 && isMixed(release, workload)) return mixed(name, revision);
  const notice = `Service ${name} selects only the stable revision ${revision}`;
  const changed = changeTraffic(scene, pin, { notice });
  if (changed.is !== 'done')
    return isBeforeNewPods(progress) ? inOrder([leadsToStablePods, () => changed], release) : changed;
  const noticed = isWriteNoticed(scene, { resource: SERVICES, name, object: stableService }, notice);
  // Its selector may have changed beside the pin, or between the look that the pin was decided from and the pin.
  const isNews = noticed.is !== 'done' || services.isSelectorTouched(stableService);
  return isNews ? inOrder([leadsToStablePods, () => noticed], release) : noticed;
}

/** Until then nothing is lost by a Service that is not pinned; after it, requests would go to new pods as they like. */
const isBeforeNewPods = ({ podRevision = '' }: Release['progress']): boolean => podRevision === '';

function mixed(service: string, revision: string): Outcome {
  const remedy = `set the template back to revision ${revision}, or take the workload out by label ${LABEL.enrolled}=${ESCAPE}`;
  return failed(
    OUR_REASON.mixedRevisions,
    `several revisions of the workload run, and Service ${service} can select only one; ${remedy}`,
  );
}

/** Those that the pods of the release carry, whatever the Rollout says by now. */
const podLabelsOf = ({ o: { batchRelease, rollout }, intent }: Release): Strings | undefined =>
  batchRelease !== undefined && belongsTo(batchRelease, rollout.metadata.uid)
    ? batchRelease.spec.releasePlan.patchPodTemplateMetadata?.labels
    : intent.podMetadata?.labels;

function ensureCanaryService(release: Release, scene: TrafficScene): Outcome {
  const { o, intent, progress } = release;
  const { stableService, canaryService, workload } = o;
  if (!intent.splitsService || stableService === undefined || workload === undefined) return DONE;
  const revision = progress.podRevision ?? '';
  if (revision === '') return waits(WAIT.newPods, 'no new pod exists yet that traffic could be routed to');
  const wish = {
    key: workload.view.revisionKey,
    revision,
    owner: scene.owner,
    podLabels: podLabelsOf(release),
    addsPodLabels: o.gates.AppendPodSelector,
  };
  const changed = changeTraffic(scene, services.canaryService(stableService, canaryService, wish));
  if (changed.is !== 'done' || canaryService?.metadata.deletionTimestamp === undefined) return changed;
  const { name } = canaryService.metadata;
  return waits(WAIT.removal, `Service ${name} is being deleted and will be made again`, {
    facts: [name, 'again'],
    isPassing: true,
  });
}

/** The split that a step wishes for; only of a Rollout that names its routing. */
export function wishOf(rollout: Rollout, { routing, splitsService }: Intent, step: RolloutStep | undefined): Wish {
  const base = (routing as TrafficRoutingRef).service;
  const owner = rolloutOwner(rollout);
  if (step === undefined) return { owner, base, branches: [] };
  const { traffic, matches = [], requestHeaderModifier: headers } = step;
  const percent = Number.parseInt(traffic ?? '', 10);
  const service = splitsService ? canaryServiceNameOf(base) : base;
  const weight = Number.isNaN(percent) ? undefined : percent;
  return { owner, base, branches: [{ name: CANARY_BRANCH, service, weight, matches, headers }] };
}

/** Services and routes show the step's share. */
export function routeStep(release: Release, step: RolloutStep | undefined): Outcome {
  const scene = releaseScene(release);
  if (scene === undefined || step === undefined || !movesRequests(release.intent, step)) return DONE;
  const made = ensureCanaryService(release, scene);
  const wish = wishOf(release.o.rollout, release.intent, step);
  if (made.is === 'done') {
    const leads = release.intent.splitsService && isToSplit(scene, wish) ? leadsToNewPods(release) : DONE;
    return leads.is === 'done' ? splitRoutes(scene, wish) : leads;
  }
  return withNotice(scene, made, isToSplit(scene, wish) ? scene.unsettled : undefined);
}

/** The stable Service is as the user wrote it, and everybody has noticed. */
export function restoreStable(release: Release): Outcome {
  const { stableService } = release.o;
  const scene = releaseScene(release);
  if (scene === undefined || stableService === undefined) return DONE;
  const task = FINALISING_STEP.restoreStableService;
  const { name } = stableService.metadata;
  const notice = `Service ${name} selects all pods again`;
  const changed = changeTraffic(scene, services.unpin(stableService), { removes: task, notice });
  return changed.is === 'done' ? isNoticed(scene, task, [{ resource: SERVICES, name }], notice) : changed;
}

/** No route leads to the new version any more, and everybody has noticed. */
export function routeToStable(release: Release): Outcome {
  const scene = releaseScene(release);
  return scene === undefined ? DONE : restoreRoutes(scene);
}

export function removeCanary(release: Release): Outcome {
  const { canaryService, rollout } = release.o;
  const scene = releaseScene(release);
  if (scene === undefined || canaryService === undefined || !belongsTo(canaryService, rollout.metadata.uid))
    return DONE;
  const removed = changeTraffic(scene, services.removeCanaryService(canaryService), {
    removes: FINALISING_STEP.removeCanaryService,
  });
  if (removed.is !== 'done') return removed;
  const { name } = canaryService.metadata;
  return waits(WAIT.removal, `Service ${name} is being removed`, { facts: [name], ...goesOn(release) });
}

/** A step without traffic: nothing of ours is in the way of requests. */
export const restoreAll = (release: Release): Outcome => inOrder([restoreStable, routeToStable, removeCanary], release);
