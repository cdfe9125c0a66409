// Ties the histories of Rollouts to the control pipe. Only there with the gate RolloutHistory. Live reads happen while a
// history is open: pods of its release, and at the end what the release stood on.

import type { KubeObject, LabelSelector, Resource } from '../api/kube.ts';
import { splitKey } from '../api/object-key.ts';
import { LABEL } from '../api/names.ts';
import { HTTP_ROUTES, INGRESSES, PODS, SERVICES } from '../api/resources.ts';
import type { Rollout } from '../api/rollout.ts';
import type { RolloutHistory } from '../api/rollout-history.ts';
import { styleOf, trafficRoutingOf, workloadRefOf } from '../api/rollout-view.ts';
import type { HistoryObserved, HistoryParts } from '../core/history/observed.ts';
import { isOpen, planHistories, releaseIdOf } from '../core/history/plan.ts';
import { readAt } from '../lib/json.ts';
import type { Table } from '../kube/store.ts';
import type { Reconciler } from '../runtime/controller.ts';
import type { Observer } from './observe.ts';
import { historiesOf } from './history-table.ts';
import { perform, type Performer } from './perform.ts';

type Get = (resource: Resource, name: string | undefined) => Promise<KubeObject | undefined>;

async function partsOf({ kinds }: Observer, rollout: Rollout, get: Get): Promise<HistoryParts> {
  const { apiVersion, kind, name } = workloadRefOf(rollout);
  const ref = trafficRoutingOf(rollout);
  const resource = kinds.byRef(apiVersion, kind, styleOf(rollout))?.resource;
  const [workload, service, ingress, httpRoute] = await Promise.all([
    resource === undefined ? undefined : get(resource, name),
    get(SERVICES, ref?.service),
    get(INGRESSES, ref?.ingress?.name),
    get(HTTP_ROUTES, ref?.gateway?.httpRouteName),
  ]);
  return {
    ...(workload === undefined ? {} : { workload }),
    ...(service === undefined ? {} : { service }),
    ...(ingress === undefined ? {} : { ingress }),
    ...(httpRoute === undefined ? {} : { httpRoute }),
  };
}

/** Several workloads may be released under one id, so the selector of this one counts too. */
async function podsOf(
  { client }: Observer,
  workload: KubeObject | undefined,
  id: string,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const selector = readAt(workload, ['spec', 'selector']) as LabelSelector | undefined;
  if (workload === undefined || selector === undefined) return [];
  const { namespace = '' } = workload.metadata;
  const labels = { ...selector, matchLabels: { ...selector.matchLabels, [LABEL.rolloutId]: id } };
  return (await client.list(PODS, { namespace, labels, signal })).items;
}

async function observe(
  observer: Observer,
  table: Table,
  [namespace, name]: [string, string],
  signal: AbortSignal,
): Promise<HistoryObserved> {
  const rollout = observer.tables.rollouts.get(namespace, name) as Rollout | undefined;
  const histories = historiesOf(table, `${namespace}/${name}`) as RolloutHistory[];
  const own = new Set(histories.map(({ metadata }) => metadata.name));
  const isTaken = (taken: string): boolean => table.get(namespace, taken) !== undefined && !own.has(taken);
  const open = histories.filter(isOpen);
  if (rollout === undefined || open.length === 0) return { rollout, histories, isTaken, parts: {}, pods: {} };
  const get: Get = async (resource, wanted) =>
    wanted === undefined || wanted === ''
      ? undefined
      : observer.client.get({ resource, namespace, name: wanted }, { signal });
  const parts = await partsOf(observer, rollout, get);
  const found = open.map(async (history): Promise<[string, KubeObject[]]> => {
    const id = releaseIdOf(history);
    return [id, await podsOf(observer, parts.workload, id, signal)];
  });
  return { rollout, histories, isTaken, parts, pods: Object.fromEntries(await Promise.all(found)) };
}

export const rolloutHistoryReconciler = (observer: Observer, performer: Performer, table: Table): Reconciler => ({
  name: 'rollouthistory',
  async reconcile(key, signal) {
    const [namespace, name] = splitKey(key);
    const plan = planHistories(await observe(observer, table, [namespace, name], signal));
    const about = observer.tables.rollouts.get(namespace, name) ?? { metadata: { name, namespace } };
    return perform(performer, about, plan, signal);
  },
});
