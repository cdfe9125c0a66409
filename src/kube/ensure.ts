// Brings objects that are wholly ours (CRDs, roles, webhook configurations, policies) to their wanted content: created when
// missing, merge-patched when they differ. What the API server or others added beside the wanted fields stays.

import { apiVersionOf, type JsonObject, type KubeObject, type Resource } from '../api/kube.ts';
import { isObject, canonicalJson } from '../lib/json.ts';
import type { Client } from './client.ts';
import { isKubeError } from './errors.ts';

export type Ensured = 'created' | 'configured' | 'unchanged';

/** The part of `wanted` that `present` does not show; lists are compared whole, with what the server defaulted left out. */
export function missingFrom(present: unknown, wanted: JsonObject): JsonObject {
  const missing: JsonObject = {};
  for (const [key, value] of Object.entries(wanted)) {
    const shown = isObject(present) && Object.hasOwn(present, key) ? present[key] : undefined;
    if (isObject(value) && isObject(shown)) {
      const inner = missingFrom(shown, value);
      if (Object.keys(inner).length > 0) missing[key] = inner;
    } else if (!shows(shown, value)) missing[key] = value;
  }
  return missing;
}

/** `shown` has everything that `value` has, in the same order. */
function shows(shown: unknown, value: unknown): boolean {
  if (Array.isArray(value)) {
    return Array.isArray(shown) && shown.length === value.length && value.every((item, at) => shows(shown[at], item));
  }
  if (isObject(value)) return isObject(shown) && Object.entries(value).every(([key, item]) => shows(shown[key], item));
  return canonicalJson(shown) === canonicalJson(value);
}

/** What is wanted where this object is present. */
export type Adapt = (wanted: KubeObject, present: KubeObject) => KubeObject;

export async function ensure(
  client: Client,
  resource: Resource,
  wanted: KubeObject,
  adapt: Adapt = (object) => object,
): Promise<Ensured> {
  const { name, namespace = '' } = wanted.metadata;
  const target = { resource, namespace, name };
  const object: KubeObject = { ...wanted, apiVersion: apiVersionOf(resource), kind: resource.kind };
  const present = await client.get(target);
  if (present === undefined) {
    try {
      await client.create(resource, namespace, object);
      return 'created';
    } catch (error) {
      if (!isKubeError(error) || !error.alreadyExists) throw error;
      return ensure(client, resource, wanted, adapt);
    }
  }
  const change = missingFrom(present, adapt(object, present) as unknown as JsonObject);
  if (Object.keys(change).length === 0) return 'unchanged';
  await client.mergePatch(target, change, { resourceVersion: present.metadata.resourceVersion });
  return 'configured';
}
