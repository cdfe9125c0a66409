// What workload kinds ask for beside the workload itself: from the tables, or live for a bounded look.

import type { KubeObject, Strings } from '../api/kube.ts';
import type { Reader } from '../kube/port.ts';
import type { Store } from '../kube/store.ts';
import { INDEX } from '../tables/keys.ts';
import { ownedBy } from '../workloads/replica-sets.ts';
import type { Readable, Related, RelatedQuery } from '../workloads/workload.ts';

const carries = (object: KubeObject, labels: Strings): boolean =>
  Object.entries(labels).every(([key, value]) => object.metadata.labels?.[key] === value);

function fromStore(store: Store, namespace: string, { resource, by }: RelatedQuery): KubeObject[] {
  const table = store.table(resource);
  if ('ownerUid' in by) return table.by(INDEX.owner, by.ownerUid);
  return table.list(namespace).filter((object) => carries(object, by.labels));
}

const queriesOf = (kind: Readable, workload: KubeObject, releasing: boolean): RelatedQuery[] =>
  kind.related(workload).filter((query) => releasing || query.releasing !== true);

/** `releasing` false: without what only a release looks at, which is searched for among all of the namespace. */
export function relatedFromStore(store: Store, kind: Readable, workload: KubeObject, releasing = true): Related {
  const namespace = workload.metadata.namespace ?? '';
  const queries = queriesOf(kind, workload, releasing);
  return Object.fromEntries(queries.map((query) => [query.as, fromStore(store, namespace, query)]));
}

/** A look has half a second: in as few answers as an API server gives at once. */
export const LIVE_PAGE = 500;

/** One LIST a query; admission leaves `releasing` out: nothing that only control needs. */
export async function relatedLive(
  reader: Reader,
  kind: Readable,
  workload: KubeObject,
  signal?: AbortSignal,
  releasing = false,
): Promise<Related> {
  const namespace = workload.metadata.namespace ?? '';
  const found = await Promise.all(
    queriesOf(kind, workload, releasing).map(async ({ as, resource, by }): Promise<[string, KubeObject[]]> => {
      const labels = 'ownerUid' in by ? by.hint : by.labels;
      const { items } = await reader.list(resource, {
        namespace,
        signal,
        limit: LIVE_PAGE,
        ...(labels === undefined ? {} : { labels: { matchLabels: labels } }),
      });
      return [as, 'ownerUid' in by ? items.filter((item) => ownedBy(item, by.ownerUid)) : items];
    }),
  );
  return Object.fromEntries(found);
}
