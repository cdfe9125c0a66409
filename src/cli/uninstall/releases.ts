// Takes releases apart in the order in which none of them loses a request: traffic back to the stable Service first, and after
// the grace of the routes what served it.

import { releaseStyleOf, type BatchRelease } from '../../api/batch-release.ts';
import { canaryServiceNameOf, FINALIZER, GROUP } from '../../api/names.ts';
import type { KubeObject, Resource } from '../../api/kube.ts';
import { BATCH_RELEASES, ROLLOUTS, SERVICES } from '../../api/resources.ts';
import type { Rollout } from '../../api/rollout.ts';
import { gracePeriodSeconds, trafficRoutingOf } from '../../api/rollout-view.ts';
import { patch, remove, targetOf, type Action } from '../../objects/actions.ts';
import { releaseContext } from '../../core/batch/release-context.ts';
import { rolloutOwner } from '../../core/rollout/release.ts';
import { restorations } from '../../core/traffic/route-changes.ts';
import { routesOf } from '../../core/traffic/scene.ts';
import { routesLive, serviceLive } from '../../gather/live-routes.ts';
import { relatedLive } from '../../gather/related.ts';
import { removeCanaryService, unpin } from '../../traffic/services.ts';
import type { Workload } from '../../workloads/workload.ts';
import { placeOf } from '../install/objects.ts';
import { forEach, settle, type Work } from './settle.ts';

/** Milliseconds until everybody has noticed; 0 when nothing had to be changed. */
export async function restoreTraffic(work: Work, rollouts: readonly Rollout[]): Promise<number> {
  let graceMs = 0;
  await forEach(rollouts, async (rollout) => {
    const place = placeOf(targetOf(ROLLOUTS, rollout));
    const writes = await settle(work, `traffic of ${place}`, () => trafficActions(work, rollout));
    if (writes === 0) return;
    graceMs = Math.max(graceMs, gracePeriodSeconds(rollout) * 1000);
    work.say(`${place} all requests go to Service ${trafficRoutingOf(rollout)?.service ?? ''} again`);
  });
  return graceMs;
}

async function trafficActions({ client }: Work, rollout: Rollout): Promise<Action[]> {
  const ref = trafficRoutingOf(rollout);
  if (ref === undefined) return [];
  const { namespace = '' } = rollout.metadata;
  const [service, routes] = await Promise.all([
    serviceLive(client, namespace, ref.service),
    routesLive(client, namespace, ref),
  ]);
  const unpinned = service === undefined ? [] : unpin(service);
  // Also what a Rollout that is gone has made under our names.
  const made = routesOf({ ref, routes }, isFromUs);
  return [...unpinned, ...restorations({ ref, routes, owner: rolloutOwner(rollout) }, made)];
}

const isFromUs = (object: KubeObject): boolean =>
  (object.metadata.ownerReferences ?? []).some((owner) => owner.apiVersion.startsWith(`${GROUP}/`));

/** Services for new pods alone. */
export const removeCanaryServices = (work: Work, rollouts: readonly Rollout[]): Promise<void> =>
  forEach(rollouts, async (rollout) => {
    const ref = trafficRoutingOf(rollout);
    if (ref === undefined) return;
    const target = {
      resource: SERVICES,
      namespace: rollout.metadata.namespace ?? '',
      name: canaryServiceNameOf(ref.service),
    };
    const writes = await settle(work, placeOf(target), async () => {
      const service = await work.client.get(target);
      return service !== undefined && isFromUs(service) ? removeCanaryService(service) : [];
    });
    if (writes > 0) work.say(`${placeOf(target)} deleted`);
  });

/** New pods and whatever else a release made, and the BatchRelease itself. */
export const removeReleases = (work: Work, releases: readonly BatchRelease[]): Promise<void> =>
  forEach(releases, async (release) => {
    const target = targetOf(BATCH_RELEASES, release);
    const kind = kindOf(work, release);
    await settle(work, placeOf(target), async () => {
      const live = (await work.client.get(target)) as BatchRelease | undefined;
      if (live === undefined) return [];
      const actions = kind === undefined ? [] : await cleanUpActions(work, kind, live);
      return actions.length > 0 ? actions : goneActions(BATCH_RELEASES, live, FINALIZER.batchRelease);
    });
    work.say(`${placeOf(target)} deleted`);
  });

function kindOf({ kinds }: Work, release: BatchRelease): Workload | undefined {
  const { apiVersion, kind } = release.spec.workloadRef;
  return kinds.byRef(apiVersion, kind, releaseStyleOf(release));
}

async function cleanUpActions({ client }: Work, kind: Workload, release: BatchRelease): Promise<Action[]> {
  const namespace = release.metadata.namespace ?? '';
  const target = { resource: kind.resource, namespace, name: release.spec.workloadRef.name };
  const workload = await client.get(target);
  // A workload that is gone left what carries its name.
  const named: KubeObject = workload ?? { metadata: { name: target.name, namespace } };
  return kind.cleanUp(workload, await relatedLive(client, kind, named, undefined, true), releaseContext(release));
}

/** Our finalizer first, then the object. */
function goneActions(resource: Resource, object: KubeObject, finalizer: string): Action[] {
  const freed = freeActions(resource, object, finalizer);
  if (freed.length > 0) return freed;
  return object.metadata.deletionTimestamp === undefined ? [remove(resource, object, 'nothing needs it any more')] : [];
}

function freeActions(resource: Resource, object: KubeObject, finalizer: string): Action[] {
  const { finalizers = [] } = object.metadata;
  if (!finalizers.includes(finalizer)) return [];
  const kept = finalizers.filter((name) => name !== finalizer);
  return [patch(resource, object, { metadata: { finalizers: kept } }, 'nobody is left to finalise it')];
}
