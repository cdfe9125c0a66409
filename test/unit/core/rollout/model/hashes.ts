// Objects never change in place, so a template is hashed once: that is most of the cost of a look.

import type { KubeObject, PodTemplate } from '../../../../../src/api/kube.ts';
import { computeHash, templateHash } from '../../../../../src/objects/revision.ts';

interface Hashes {
  templateHash: string;
  updateRevision: string;
}
const hashes = new WeakMap<object, Hashes>();

/** The object with the hashes of its template where a projection has them; as it is when it has no template. */
export function hashed(object: KubeObject): KubeObject {
  const { template } = (object['spec'] ?? {}) as { template?: PodTemplate };
  if (template === undefined) return object;
  const known = hashes.get(template) ?? { templateHash: templateHash(template), updateRevision: computeHash(template) };
  hashes.set(template, known);
  return { ...object, hashes: known, templateHash: known.templateHash };
}
