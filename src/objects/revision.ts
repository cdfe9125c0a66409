// When two pod templates are the same, and short stable names for them.

import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { LABEL } from '../api/names.ts';
import type { KubeObject, PodTemplate } from '../api/kube.ts';
import { fnv32a, safeEncode, sha256Hex } from '../lib/hash.ts';
import { canonicalJson, readAt, sameJson } from '../lib/json.ts';
import { dumpPodTemplate } from './pod-template/dump.ts';

/** The template as its author wrote it: without the hash label that controllers add, and without an empty label map. */
function authored(template: PodTemplate | undefined): unknown {
  const labels: Record<string, string> = { ...template?.metadata?.labels };
  delete labels[LABEL.podTemplateHash];
  const metadata: Record<string, unknown> = { ...template?.metadata, labels };
  delete metadata['creationTimestamp'];
  for (const field of ['labels', 'annotations']) {
    if (Object.keys((metadata[field] as object | undefined) ?? {}).length === 0) delete metadata[field];
  }
  return { ...template, metadata };
}

/** spec.template of a workload or of what it owns. */
export const templateOf = (object: KubeObject): PodTemplate | undefined =>
  readAt(object, ['spec', 'template']) as PodTemplate | undefined;

/** SHA-256 (hex) of a pod template; equal for the Deployment's and its ReplicaSet's copy. */
export const templateHash = (template: PodTemplate | undefined): string => sha256Hex(canonicalJson(authored(template)));

export const sameTemplate = (a: PodTemplate | undefined, b: PodTemplate | undefined): boolean =>
  sameJson(authored(a), authored(b));

/**
 * The revision of a pod template as OpenKruise Rollouts writes it into status, labels and names. The label that
 * controllers add does not count, so a Deployment and its ReplicaSet give the same.
 */
export function computeHash(template: PodTemplate | undefined, collisionCount?: number): string {
  const bytes = utf8ToBytes(dumpPodTemplate(withoutHashLabel(template)));
  if (collisionCount === undefined) return safeEncode(String(fnv32a(bytes)));
  const salt = new Uint8Array(8);
  new DataView(salt.buffer).setUint32(0, collisionCount, true);
  return safeEncode(String(fnv32a(concatBytes(bytes, salt))));
}

/** As its author wrote it: ReplicaSets carry their own hash in the template. */
export function withoutHashLabel(template: PodTemplate | undefined): PodTemplate | undefined {
  if (template?.metadata?.labels?.[LABEL.podTemplateHash] === undefined) return template;
  const { [LABEL.podTemplateHash]: _, ...labels } = template.metadata.labels;
  return { ...template, metadata: { ...template.metadata, labels } };
}
