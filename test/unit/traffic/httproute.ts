// HTTPRoutes as users write them and the API server completes them, and the plan's patches applied to them.

import type { Json, JsonObject, KubeObject, OwnerReference } from '../../../src/api/kube.ts';
import type { Action } from '../../../src/objects/actions.ts';
import { isObject } from '../../../src/lib/json.ts';
import type { Branch, Entry, Wish } from '../../../src/traffic/provider.ts';

export const owner: OwnerReference = {
  apiVersion: 'rollouts.kruise.io/v1beta1',
  kind: 'Rollout',
  name: 'shop',
  uid: 'r1',
};

export const entry: Entry = { at: 'gateway', gateway: { httpRouteName: 'shop' } };

export const branch = (more: Partial<Branch> = {}): Branch => ({
  name: 'canary',
  service: 'shop-canary',
  weight: undefined,
  matches: [],
  headers: undefined,
  ...more,
});

/** The wish of a release: one branch. */
export const desired = (more: Partial<Branch> = {}, base = 'shop'): Wish => ({ owner, base, branches: [branch(more)] });
export const stable: Wish = { owner, base: 'shop', branches: [] };

export const backend = (name: string, more: JsonObject = {}): JsonObject => ({
  group: '',
  kind: 'Service',
  name,
  port: 8080,
  weight: 1,
  ...more,
});

export const prefix = (value: string, more: JsonObject = {}): JsonObject => ({
  path: { type: 'PathPrefix', value },
  ...more,
});

export const header = (name: string, value: string, type = 'Exact'): JsonObject => ({ type, name, value });

export const rule = (path: string, backendRefs: JsonObject[], more: JsonObject = {}): JsonObject => ({
  matches: [prefix(path)],
  backendRefs,
  ...more,
});

export const httpRoute = (rules: Json[], more: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'shop', namespace: 'store', uid: 'h1', resourceVersion: '7', generation: 1, ...more },
  spec: { parentRefs: [{ name: 'front' }], hostnames: ['shop.example.com'], rules },
});

/** RFC 7386; to the API server an empty map of annotations is the same as none. */
export function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  if (isObject(result['annotations']) && Object.keys(result['annotations']).length === 0) delete result['annotations'];
  return result;
}

export const perform = (object: KubeObject, actions: readonly Action[]): KubeObject =>
  actions.reduce((one, action) => {
    if (action.do !== 'patch') throw new Error(`${action.do} of an object that is the user's`);
    return merge(one, action.patch) as KubeObject;
  }, object);

export const rulesIn = (route: KubeObject): JsonObject[] => (route['spec'] as { rules: JsonObject[] }).rules;
