// The fields of a StatefulSet, and of kinds that are built like one, through which a release works: the partition of the
// rolling update and what a hold remembers of the user's own one.

import { ANNOTATION } from '../api/names.ts';
import type { Json, JsonObject, KubeObject } from '../api/kube.ts';
import { isObject, readAt } from '../lib/json.ts';
import { annotationOf } from '../objects/marks.ts';

export const UPDATE_STRATEGY = ['spec', 'updateStrategy'];
export const ROLLING_UPDATE = [...UPDATE_STRATEGY, 'rollingUpdate'];
export const PARTITION = [...ROLLING_UPDATE, 'partition'];
export const STRATEGY_TYPE = [...UPDATE_STRATEGY, 'type'];
export const REMEMBERED = ['metadata', 'annotations', ANNOTATION.heldFields];

/** No pod has an ordinal as large as this: nothing is updated. */
export const HELD_PARTITION = 32_767;

/** spec.updateStrategy.rollingUpdate.partition; 0 when absent, as the kind's controller reads it. */
export function partitionOf(workload: KubeObject): number {
  const value = readAt(workload, PARTITION);
  return typeof value === 'number' ? value : 0;
}

/** Pods are replaced only when somebody deletes them: there is nothing to hold. */
export const isOnDelete = (workload: KubeObject): boolean => readAt(workload, STRATEGY_TYPE) === 'OnDelete';

/** The innermost field that the hold would make, with the value it has; null = absent. Written as JSON by CEL as well. */
export function rememberedOf(workload: KubeObject): string {
  if (!isObject(readAt(workload, UPDATE_STRATEGY))) return '{"updateStrategy":null}';
  if (!isObject(readAt(workload, ROLLING_UPDATE))) return '{"rollingUpdate":null}';
  const value = readAt(workload, PARTITION);
  return `{"partition":${typeof value === 'number' ? value : 'null'}}`;
}

function recallOf(workload: KubeObject): JsonObject {
  try {
    const value: unknown = JSON.parse(annotationOf(workload, ANNOTATION.heldFields) ?? '');
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** The user's own partition while a release is under way. */
export function ownPartitionOf(workload: KubeObject): number {
  if (annotationOf(workload, ANNOTATION.heldFields) === undefined) {
    const partition = partitionOf(workload);
    return partition >= HELD_PARTITION ? 0 : partition;
  }
  const { partition } = recallOf(workload);
  return typeof partition === 'number' ? partition : 0;
}

/** Only what a hold has made is in there. */
const holdsOnly = (value: unknown, key: string): boolean => isObject(value) && Object.keys(value).join() === key;

/**
 * Where the partition is given back, and with what value (undefined = absent), so that the user's bytes are restored. With
 * OnDelete none is put in: a rollingUpdate beside it is refused.
 */
export function restoration(workload: KubeObject): { path: string[]; value: Json | undefined } {
  const recalled = recallOf(workload);
  const { partition } = recalled;
  const strategy = readAt(workload, UPDATE_STRATEGY);
  const rollingUpdate = readAt(workload, ROLLING_UPDATE);
  const isOursAlone = holdsOnly(rollingUpdate, 'partition');
  if ('updateStrategy' in recalled && isOursAlone && holdsOnly(strategy, 'rollingUpdate'))
    return { path: UPDATE_STRATEGY, value: undefined };
  if (('updateStrategy' in recalled || 'rollingUpdate' in recalled) && isOursAlone)
    return { path: ROLLING_UPDATE, value: undefined };
  const hasPlace = !isOnDelete(workload) || readAt(workload, PARTITION) !== undefined;
  return { path: PARTITION, value: typeof partition === 'number' && hasPlace ? partition : undefined };
}

/** As a merge patch: absent is null. */
export const asPatch = ({ path, value }: { path: string[]; value: Json | undefined }): JsonObject =>
  path.reduceRight<Json>((inner, key) => ({ [key]: inner }), value ?? null) as JsonObject;
