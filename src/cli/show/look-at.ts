// One look at everything a Rollout is about, live: its workload and what belongs to it, the pods, Services and routes. Plain
// reads; what may not be read, or is not there, is left out.

import type { BatchRelease } from '../../api/batch-release.ts';
import type { Resource } from '../../api/kube.ts';
import { canaryServiceNameOf } from '../../api/names.ts';
import { BATCH_RELEASES, PODS, SERVICES, TRAFFIC_ROUTINGS } from '../../api/resources.ts';
import type { Rollout } from '../../api/rollout.ts';
import { trafficRoutingOf, trafficRoutingRefOf, workloadRefOf } from '../../api/rollout-view.ts';
import { relatedLive } from '../../gather/related.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { Reader } from '../../kube/port.ts';
import { routeRefsOf } from '../../traffic/index.ts';
import type { Routes } from '../../traffic/provider.ts';
import {
  workloadSelector,
  type Look,
  type SeenKind,
  type SharedLook,
  type TrafficLook,
  type WorkloadLook,
} from '../../view/look.ts';
import { kindOf } from '../command-kinds.ts';
import { findLease } from './lease.ts';

export async function lookAt(client: Reader, rollout: Rollout, now: number): Promise<Look> {
  const kind = await kindOf(client, rollout);
  const [workload, traffic, shared, lease] = await Promise.all([
    kind === undefined ? undefined : lookAtWorkload(client, rollout, kind),
    lookAtTraffic(client, rollout),
    lookAtShared(client, rollout),
    findLease(client),
  ]);
  return { now, rollout, kind, workload, traffic, shared, lease };
}

async function lookAtWorkload(client: Reader, rollout: Rollout, kind: SeenKind): Promise<WorkloadLook | undefined> {
  const namespace = rollout.metadata.namespace ?? '';
  const object = await client.get({ resource: kind.resource, namespace, name: workloadRefOf(rollout).name });
  if (object === undefined) return undefined;
  const selector = workloadSelector(object);
  const labels = selector === undefined ? {} : { labels: selector };
  const none = { items: [], resourceVersion: '' };
  const release = { resource: BATCH_RELEASES, namespace, name: rollout.metadata.name };
  const [related, pods, batchRelease] = await Promise.all([
    readable(relatedLive(client, kind, object, undefined, true), {}),
    readable(client.list(PODS, { namespace, ...labels }), none),
    readable(client.get(release), undefined),
  ]);
  return { object, kind, related, pods: pods.items, batchRelease: batchRelease as BatchRelease | undefined };
}

async function lookAtTraffic(client: Reader, rollout: Rollout): Promise<TrafficLook | undefined> {
  const ref = trafficRoutingOf(rollout);
  if (ref === undefined) return undefined;
  const namespace = rollout.metadata.namespace ?? '';
  const get = (resource: Resource, name: string) => readable(client.get({ resource, namespace, name }), undefined);
  const refs = routeRefsOf(ref);
  const [stableService, canaryService, ...found] = await Promise.all([
    get(SERVICES, ref.service),
    get(SERVICES, canaryServiceNameOf(ref.service)),
    ...refs.map(({ resource, name }) => get(resource, name)),
  ]);
  const routes: Routes = Object.fromEntries(refs.map(({ as }, at) => [as, found[at]]));
  return { ref, stableService, canaryService, routes };
}

async function lookAtShared(client: Reader, rollout: Rollout): Promise<SharedLook | undefined> {
  const name = trafficRoutingRefOf(rollout);
  const { namespace = '' } = rollout.metadata;
  if (name === '') return undefined;
  return { name, object: await readable(client.get({ resource: TRAFFIC_ROUTINGS, namespace, name }), undefined) };
}

/** Users who may see Rollouts need not see everything else. */
async function readable<T, U>(reading: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await reading;
  } catch (error) {
    if (isKubeError(error) && (error.status === 403 || error.notFound)) return otherwise;
    throw error;
  }
}
