// What a table keeps of an object, for a whole cluster: what decisions read, and no more. Readers that copy read live.

import { ANNOTATION } from '../api/names.ts';
import type { KubeObject, ObjectMeta, Strings } from '../api/kube.ts';
import { isObject } from '../lib/json.ts';

/** Everything that anybody here reads has a name; the record of `kubectl apply` is as large as the object. */
const READ_ANNOTATIONS: readonly string[] = Object.values(ANNOTATION).filter((key) => key !== ANNOTATION.lastApplied);

const META = [
  ...['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp'],
  ...['labels', 'finalizers', 'ownerReferences'],
];

/** Those of these fields that are there. */
export const pick = (source: unknown, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    keys.flatMap((key) => (isObject(source) && Object.hasOwn(source, key) ? [[key, source[key]]] : [])),
  );

/**
 * Labels are kept whole, because selectors of others pick by them; annotations are those with a name here, and whether there are
 * any at all, because a patch must know.
 */
export const keptMetadata = (metadata: ObjectMeta, annotations = READ_ANNOTATIONS): ObjectMeta => ({
  ...(pick(metadata, META) as unknown as ObjectMeta),
  ...(metadata.annotations === undefined ? {} : { annotations: pick(metadata.annotations, annotations) as Strings }),
});

/** The whole object without the records that others keep in its metadata: who owns which field, and what was applied last. */
export function withoutRecords(object: KubeObject): KubeObject {
  const { managedFields: _managed, annotations, ...metadata } = object.metadata;
  if (annotations === undefined) return { ...object, metadata };
  const { [ANNOTATION.lastApplied]: _applied, ...kept } = annotations;
  return { ...object, metadata: { ...metadata, annotations: kept } };
}

const IDENTITY = ['name', 'namespace', 'uid', 'resourceVersion', 'deletionTimestamp'];

/** Which object it is, that it changed, and whether it goes away. */
export const whoseMetadata = (metadata: ObjectMeta): ObjectMeta => pick(metadata, IDENTITY) as unknown as ObjectMeta;
