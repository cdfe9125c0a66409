// Everything that a look at a Rollout reads, as collections to watch: when one of them changes, it is worth another look.

import type { LabelSelector, Resource } from '../api/kube.ts';
import { canaryServiceNameOf } from '../api/names.ts';
import { BATCH_RELEASES, PODS, ROLLOUTS, SERVICES, TRAFFIC_ROUTINGS } from '../api/resources.ts';
import { workloadRefOf } from '../api/rollout-view.ts';
import { routeRefsOf } from '../traffic/index.ts';
import { workloadSelector, type Look, type TrafficLook, type WorkloadLook } from './look.ts';

export interface Around {
  resource: Resource;
  scope: { namespace: string; name?: string; labels?: LabelSelector };
  /** Users need not be allowed to see it. */
  optional: boolean;
}

type Narrow = Omit<Around['scope'], 'namespace'>;

export function around(look: Look): Around[] {
  const { namespace = '', name } = look.rollout.metadata;
  const seen = (resource: Resource, scope: Narrow): Around => ({
    resource,
    scope: { namespace, ...scope },
    optional: true,
  });
  return [
    { ...seen(ROLLOUTS, { name }), optional: false },
    seen(BATCH_RELEASES, { name }),
    ...(look.kind === undefined ? [] : [seen(look.kind.resource, { name: workloadRefOf(look.rollout).name })]),
    ...ofWorkload(look.workload).map(({ resource, scope }) => seen(resource, scope)),
    ...(look.shared === undefined ? [] : [seen(TRAFFIC_ROUTINGS, { name: look.shared.name })]),
    ...ofTraffic(look.traffic).map(({ resource, name: route }) => seen(resource, { name: route })),
  ];
}

function ofWorkload(workload: WorkloadLook | undefined): { resource: Resource; scope: Narrow }[] {
  if (workload === undefined) return [];
  const { kind, object } = workload;
  const related = kind.related(object).map(({ resource, by }) => {
    const labels = 'ownerUid' in by ? by.hint : by.labels;
    return { resource, scope: labels === undefined ? {} : { labels: { matchLabels: labels } } };
  });
  const selector = workloadSelector(object);
  return [...related, { resource: PODS, scope: selector === undefined ? {} : { labels: selector } }];
}

function ofTraffic(traffic: TrafficLook | undefined): { resource: Resource; name: string }[] {
  if (traffic === undefined) return [];
  const { ref } = traffic;
  const services = [ref.service, canaryServiceNameOf(ref.service)].map((name) => ({ resource: SERVICES, name }));
  return [...services, ...routeRefsOf(ref)];
}
