// When we last wrote an object: from what the process remembers of its own writes and, after a restart, from the object's
// managedFields, which tell it in whole seconds and forget what was taken away.

import type { KubeObject, Resource } from '../api/kube.ts';
import { FIELD_MANAGER } from '../api/names.ts';
import { notBefore } from './status.ts';

export interface Watched {
  resource: Resource;
  name: string;
  object: KubeObject | undefined;
}

/** What the process remembers, and the namespace in question. */
export interface Memory {
  /** Epoch ms of the last write of this process, by `resource/namespace/name`; empty after a restart. */
  writtenAt: Readonly<Record<string, number>>;
  namespace: string;
}

/** Key of `writtenAt`. */
const writeKey = (plural: string, namespace: string, name: string): string => `${plural}/${namespace}/${name}`;

export const remembered = (
  { writtenAt, namespace }: Memory,
  { resource, name }: Omit<Watched, 'object'>,
): number | undefined => writtenAt[writeKey(resource.plural, namespace, name)];

/** Our last write that managedFields still show. */
function shownAt(object: KubeObject | undefined): number | undefined {
  const ours = (object?.metadata.managedFields ?? []).filter(
    ({ manager, subresource }) => manager === FIELD_MANAGER && subresource === undefined,
  );
  return latest(...ours.map(({ time }) => notBefore(time)));
}

/** What the process remembers is exact, unless the object shows a later write of ours, whose answer was lost. */
export function changedAt(memory: Memory, one: Watched): number | undefined {
  const known = remembered(memory, one);
  const shown = shownAt(one.object);
  if (known === undefined || shown === undefined) return known ?? shown;
  return known >= shown - 1000 ? known : shown;
}

export function latest(...times: (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
