// The resource behind a kind, as the API server's discovery names it.

import { groupOf, type Resource } from '../api/kube.ts';
import { isObject, readAt } from '../lib/json.ts';
import { isKubeError } from './errors.ts';
import type { Reader } from './port.ts';

/** Undefined while the API server does not serve it in this version, or not in namespaces. */
export async function servedKind(reader: Reader, apiVersion: string, kind: string): Promise<Resource | undefined> {
  const listed = readAt(await resourcesOf(reader, apiVersion), ['resources']);
  for (const one of Array.isArray(listed) ? (listed as unknown[]) : []) {
    const isIt = isObject(one) && one['kind'] === kind && one['namespaced'] === true;
    const plural = isIt ? String(one['name']) : '';
    // Subresources are listed beside it.
    if (!isIt || plural.includes('/')) continue;
    return { group: groupOf(apiVersion), version: apiVersion.split('/').at(-1) ?? '', plural, kind, namespaced: true };
  }
  return undefined;
}

async function resourcesOf(reader: Reader, apiVersion: string): Promise<unknown> {
  try {
    return await reader.raw(apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`);
  } catch (error) {
    if (isKubeError(error) && error.notFound) return undefined;
    throw error;
  }
}
