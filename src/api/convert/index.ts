// v1alpha1 ↔ v1beta1 for /convert. Lossless both ways, total on whatever JSON an object holds, and the same bytes for the
// same input. A kind is one line here and one file beside it.

import { API_VERSION, GROUP } from '../names.ts';
import type { KubeObject } from '../kube.ts';
import { batchReleaseMapping } from './batch-release.ts';
import { ConversionError } from './error.ts';
import { field, isObject } from '../../lib/json.ts';
import { rolloutMapping } from './rollout.ts';
import { describeObject, down, up, type Mapping } from './two-way.ts';

export { ConversionError } from './error.ts';

const MAPPINGS: Record<string, Mapping> = {
  Rollout: rolloutMapping,
  BatchRelease: batchReleaseMapping,
};

/** Kinds that /convert answers for. */
const CONVERTED_KINDS = Object.keys(MAPPINGS);

/**
 * The object in another version; `toVersion` is "v1beta1" or "rollouts.kruise.io/v1beta1". The input is not changed.
 * Throws ConversionError for a kind or version it does not know, and for a garbled stash.
 */
export function convert(object: KubeObject, toVersion: string): KubeObject {
  if (!isObject(object)) throw new ConversionError('an object', '(root)', 'it must be a JSON object');
  const wanted = toVersion.includes('/') ? toVersion : `${GROUP}/${toVersion}`;
  const kind = field(object, 'kind');
  const mapping = typeof kind === 'string' && Object.hasOwn(MAPPINGS, kind) ? MAPPINGS[kind] : undefined;
  if (mapping === undefined)
    throw new ConversionError(describeObject(object), 'kind', `must be one of ${CONVERTED_KINDS.join(', ')}`);
  const versions: string[] = Object.values(API_VERSION);
  if (!versions.includes(wanted))
    throw new ConversionError(describeObject(object), 'desiredAPIVersion', `${wanted} is not served`);
  const present = field(object, 'apiVersion');
  if (typeof present !== 'string' || !versions.includes(present)) {
    throw new ConversionError(describeObject(object), 'apiVersion', `must be one of ${versions.join(', ')}`);
  }
  if (present === wanted) return object;
  return wanted === API_VERSION.v1beta1 ? up(mapping, object) : down(mapping, object);
}
