// Whose an object is. What was not made for this Rollout and has a name that we would give is somebody else's: it is neither
// changed nor removed.

import type { KubeObject, OwnerReference } from '../api/kube.ts';

export const belongsTo = (object: KubeObject, uid: string | undefined): boolean =>
  uid !== undefined && (object.metadata.ownerReferences ?? []).some((owner) => owner.uid === uid);

/** Whoever made it and keeps it; undefined = nobody. */
export const controllerOf = ({ metadata }: KubeObject): OwnerReference | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller === true);
