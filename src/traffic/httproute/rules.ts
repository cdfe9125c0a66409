// Rules of an HTTPRoute as plain JSON, and which Service a backend of one means. Whatever is not named here is carried along.

import type { Json, JsonObject, KubeObject } from '../../api/kube.ts';
import { isObject, readAt } from '../../lib/json.ts';

export type RouteRule = JsonObject;
export type BackendRef = JsonObject;

/** A rule of the wanted list: the user's rule of that index, possibly with other backends, or one that is ours alone. */
export interface Placed {
  rule: RouteRule;
  from: number | undefined;
}

/** The API allows no more; a longer list is refused. */
export const MAX_RULES = 16;

const objectsAt = (value: unknown, field: string): JsonObject[] => {
  const list = readAt(value, [field]);
  return Array.isArray(list) ? (list as Json[]).filter(isObject) : [];
};

export const rulesOf = (route: KubeObject): RouteRule[] => objectsAt(route['spec'], 'rules');
export const backendsOf = (rule: RouteRule): BackendRef[] => objectsAt(rule, 'backendRefs');
export const matchesOf = (rule: RouteRule): JsonObject[] => objectsAt(rule, 'matches');
export const filtersOf = (owner: JsonObject): JsonObject[] => objectsAt(owner, 'filters');

/** The backend is this Service of the route's own namespace. Absent kind and group mean a Service. */
export const isService = (ref: BackendRef, service: string, namespace: string): boolean =>
  ref['name'] === service &&
  (ref['kind'] ?? 'Service') === 'Service' &&
  (ref['group'] ?? '') === '' &&
  (ref['namespace'] ?? namespace) === namespace;

export const leadsTo = (rule: RouteRule, service: string, namespace: string): boolean =>
  backendsOf(rule).some((ref) => isService(ref, service, namespace));

/** Absent counts 1, as in the API. */
export const weightOf = ({ weight }: BackendRef): number => (typeof weight === 'number' ? weight : 1);

/** Everything that `wanted` says is there; a server may have added defaults. */
export function shows(present: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(present) && present.length === wanted.length && wanted.every((item, i) => shows(present[i], item))
    );
  }
  if (!isObject(wanted)) return present === wanted;
  return isObject(present) && Object.entries(wanted).every(([key, value]) => shows(present[key], value));
}
