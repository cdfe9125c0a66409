// Annotations by which MSE gateways of Alibaba Cloud split traffic: those of ingress-nginx, and their own for query parameters,
// for changed request headers and for the subset of a service that marks the new version.

import type { Strings } from '../../api/kube.ts';
import type { HttpMatch, RequestHeaderModifier } from '../../api/rollout.ts';
import { canaryAnnotations, detailOf, isCanaryKey } from './canary-annotations.ts';
import type { IngressClass } from './ingress-class.ts';
import { NGINX_CANARY } from './nginx.ts';

const PREFIX = 'mse.ingress.kubernetes.io';
const QUERY = `${PREFIX}/canary-by-query`;
const SUBSET = `${PREFIX}/service-subset`;
/** Subset of the new version. */
const GRAY = 'gray';
const HEADERS = `${PREFIX}/request-header-control`;
const KEYS = { set: `${HEADERS}-update`, add: `${HEADERS}-add`, remove: `${HEADERS}-remove` };

/** The last parameter that a match asks for first; it knows one. */
function queryAnnotations(matches: readonly HttpMatch[]): Strings {
  const query = matches.findLast(({ queryParams = [] }) => queryParams.length > 0)?.queryParams?.[0];
  return query === undefined ? {} : { [QUERY]: query.name, [`${QUERY}-${detailOf(query)}`]: query.value };
}

const split = (text: string | undefined, separator: string): string[] =>
  (text ?? '')
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');

type NamedValue = NonNullable<RequestHeaderModifier['set']>[number];

/** One `name value` a line; what the user's Ingress has stays, unless the step says otherwise for that header. */
function lines(present: string | undefined, wanted: readonly NamedValue[]): string {
  const names = wanted.map(({ name }) => name.toLowerCase());
  const kept = split(present, '\n').filter((line) => !names.includes((line.split(/\s/)[0] ?? '').toLowerCase()));
  return [...kept, ...wanted.map(({ name, value }) => `${name} ${value}`)].join('\n');
}

function headerAnnotations({ set = [], add = [], remove = [] }: RequestHeaderModifier, present: Strings): Strings {
  const removed = [...new Set([...split(present[KEYS.remove], ','), ...remove])].join(',');
  const all = {
    [KEYS.set]: lines(present[KEYS.set], set),
    [KEYS.add]: lines(present[KEYS.add], add),
    [KEYS.remove]: removed,
  };
  return Object.fromEntries(Object.entries(all).filter(([, text]) => text !== ''));
}

export const mse: IngressClass = {
  name: 'mse',
  controllers: [/^mse\.alibabacloud\.com\//],
  reads: ['headers', 'queryParams'],
  annotations: (branch, present) => ({
    ...canaryAnnotations(NGINX_CANARY, branch),
    ...queryAnnotations(branch.matches),
    ...headerAnnotations(branch.headers ?? {}, present),
    ...(present[SUBSET] === undefined ? {} : { [SUBSET]: GRAY }),
  }),
  owns: (key) =>
    key === SUBSET || Object.values(KEYS).includes(key) || isCanaryKey(NGINX_CANARY, key) || isCanaryKey(QUERY, key),
};
