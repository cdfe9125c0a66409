// The ReplicaSets of a Deployment in the roles that rolling gives them: the one of spec.template, the stable one, and those
// in the middle.

import type { KubeObject } from '../../api/kube.ts';
import { ANNOTATION, LABEL } from '../../api/names.ts';
import { hashesOf } from '../../workloads/deployment.ts';
import { byHash, statusCount, replicasOf, revisionsOf, templateHashOf } from '../../workloads/replica-sets.ts';
import { annotationOf, labelOf } from '../../objects/marks.ts';

export interface Part {
  /** Undefined: the ReplicaSet of the new revision does not exist yet. */
  object: KubeObject | undefined;
  size: number;
  /** Of the pods that are meant to stay, those known to be available. */
  available: number;
  /** Size of the Deployment when this one was sized last; undefined when nobody wrote it. */
  desired: number | undefined;
}

export interface Parts {
  fresh: Part;
  /** The middle ones first, the stable one last: the order in which they go. */
  old: Part[];
  /** The last of `old`; undefined when there is none. */
  stable: Part | undefined;
  /** A release under way says which one is stable, and it is not the new one. */
  isStableKnown: boolean;
}

export const isActive = ({ size }: Part): boolean => size > 0;
export const totalSize = (parts: readonly Part[]): number => parts.reduce((sum, { size }) => sum + size, 0);
export const unavailable = ({ size, available }: Part): number => size - available;

function desiredOf(object: KubeObject): number | undefined {
  const text = annotationOf(object, ANNOTATION.desiredReplicas) ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function partOf(object: KubeObject): Part {
  const size = replicasOf(object);
  const available = Math.min(size, statusCount(object, 'availableReplicas'));
  return { object, size, available, desired: desiredOf(object) };
}

const createdBefore = (a: KubeObject, b: KubeObject): number => {
  const keyOf = ({ metadata }: KubeObject): string => `${metadata.creationTimestamp ?? ''} ${metadata.name}`;
  return keyOf(a) < keyOf(b) ? -1 : 1;
};

/** Stable is what the release says; else the oldest that serves, else the newest there is. Of several with the template the oldest counts, as for kube-controller-manager. */
export function partsOf(deployment: KubeObject, replicaSets: readonly KubeObject[]): Parts {
  const all = revisionsOf(replicaSets, deployment.metadata.uid ?? '').filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  );
  const { templateHash } = hashesOf(deployment);
  const [fresh] = all.filter((one) => templateHashOf(one) === templateHash).sort(createdBefore);
  const others = all.filter((one) => one !== fresh);
  const labelled = byHash(others, labelOf(deployment, LABEL.stableRevision) ?? '');
  const stable = labelled ?? others.find((one) => replicasOf(one) > 0) ?? others.at(-1);
  const middle = others.filter((one) => one !== stable);
  const old = [...middle, ...(stable === undefined ? [] : [stable])].map(partOf);
  return {
    fresh: fresh === undefined ? { object: undefined, size: 0, available: 0, desired: undefined } : partOf(fresh),
    old,
    stable: old.at(-1),
    isStableKnown: labelled !== undefined,
  };
}
