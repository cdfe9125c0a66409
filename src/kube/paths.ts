// REST paths and selectors: how a resource, a target or a scope is written in a request.

import type { KubeObject, LabelSelector, Resource } from '../api/kube.ts';
import type { Target } from '../objects/actions.ts';
import { selects, unknownOperator } from '../objects/label-selector.ts';

export function collectionPath(resource: Resource, namespace = ''): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const within = resource.namespaced && namespace !== '' ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${within}/${resource.plural}`;
}

export function objectPath(target: Target, subresource?: string): string {
  if (target.name === '') throw new TypeError(`a ${target.resource.kind} without a name has no path`);
  const path = `${collectionPath(target.resource, target.namespace)}/${encodeURIComponent(target.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** Which objects of a resource: all namespaces or one, all labels or some, or a single object by name. */
export interface Scope {
  namespace?: string;
  labels?: LabelSelector;
  name?: string;
}

function selectorText(selector: LabelSelector | undefined): string | undefined {
  if (selector === undefined) return undefined;
  const parts = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) parts.push(term(key, operator, values));
  return parts.length === 0 ? undefined : parts.join(',');
}

const TERMS: Record<string, (key: string, values: string) => string> = {
  In: (key, values) => `${key} in (${values})`,
  NotIn: (key, values) => `${key} notin (${values})`,
  Exists: (key) => key,
  DoesNotExist: (key) => `!${key}`,
};
const term = (key: string, operator: string, values: string[]): string =>
  (TERMS[operator] ?? unknownOperator(operator))(key, values.join(','));

/** Query parameters that select the scope. */
export const scopeQuery = (scope: Scope): { labelSelector: string | undefined; fieldSelector: string | undefined } => ({
  labelSelector: selectorText(scope.labels),
  fieldSelector: scope.name === undefined ? undefined : `metadata.name=${scope.name}`,
});

/** The scope contains the object. */
export const inScope = (scope: Scope, { metadata }: KubeObject): boolean =>
  (scope.namespace === undefined || scope.namespace === (metadata.namespace ?? '')) &&
  (scope.name === undefined || scope.name === metadata.name) &&
  selects(scope.labels, metadata.labels);

export const resourceText = ({ plural, group, version }: Resource): string => `${plural}.${group}/${version}`;

/** One line that tells two watched collections apart. */
export function scopeText(resource: Resource, scope: Scope): string {
  const { namespace = '', name = '', labels } = scope;
  return [resourceText(resource), namespace, name, selectorText(labels) ?? ''].join(' ').trimEnd();
}
