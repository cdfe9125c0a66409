// Who judges a review: by the path that it was sent to, and by operation, resource and subresource. Worked out beforehand, and
// again only when a workload kind was learned, so that a review costs one look into a table.

import type { Kinds } from '../../workloads/kinds.ts';
import type { AskedReviews, Judge } from './judge.ts';
import type { Review } from './types.ts';

/** One path, and who judges what is sent there, in the order of the registry. */
export interface Door {
  path: string;
  judgesOf(review: Review): readonly Judge[];
}

const NOBODY: readonly Judge[] = [];

export function doorsOf(judges: readonly Judge[], kinds: Kinds): Door[] {
  const paths = new Set(judges.flatMap((judge) => pathsOf(judge, kinds)));
  return [...paths].map((path) => doorAt(path, judges, kinds));
}

const pathsOf = ({ webhooks, paths = [] }: Judge, kinds: Kinds): string[] => [
  ...webhooks(kinds.all).map(({ path }) => path),
  ...paths,
];

function doorAt(path: string, judges: readonly Judge[], kinds: Kinds): Door {
  let learned = kinds.learned.length;
  let byRequest = judgesByRequest(path, judges, kinds);
  return {
    path,
    judgesOf(review) {
      if (kinds.learned.length !== learned) {
        learned = kinds.learned.length;
        byRequest = judgesByRequest(path, judges, kinds);
      }
      const { operation, group, resource, subresource } = review;
      return byRequest.get(requestKey(operation, group, resource, subresource)) ?? NOBODY;
    },
  };
}

const requestKey = (operation: string, group: string, plural: string, subresource: string): string =>
  `${operation} ${group} ${plural} ${subresource}`;

function judgesByRequest(path: string, judges: readonly Judge[], kinds: Kinds): Map<string, readonly Judge[]> {
  const found = new Map<string, readonly Judge[]>();
  for (const judge of judges) {
    const requests = new Set(askedAt(path, judge, kinds).flatMap(requestsOf));
    for (const request of requests) found.set(request, [...(found.get(request) ?? []), judge]);
  }
  return found;
}

/** At a path that no webhook of the judge calls it is asked about everything. */
const askedAt = (path: string, { webhooks, paths = [] }: Judge, kinds: Kinds): AskedReviews[] =>
  webhooks(kinds.all)
    .filter((webhook) => webhook.path === path || paths.includes(path))
    .flatMap(({ on }) => on);

const requestsOf = ({ operations, resource, subresource = '' }: AskedReviews): string[] =>
  operations.map((operation) => requestKey(operation, resource.group, resource.plural, subresource));
