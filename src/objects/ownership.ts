// Whether an object was made for this Rollout. Everything else with a name that we would give is somebody else's: it is
// neither changed nor removed.

import type { KubeObject } from '../api/kube.ts';

export const belongsTo = (object: KubeObject, uid: string | undefined): boolean =>
  uid !== undefined && (object.metadata.ownerReferences ?? []).some((owner) => owner.uid === uid);
