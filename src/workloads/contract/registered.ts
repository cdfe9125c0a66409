// What a line of the registry says about itself: which objects it is about, and the plain facts from which watches, rights,
// policies and the words of the command line are made.

import type { KubeObject, Resource } from '../../api/kube.ts';
import type { FeatureGate } from '../../api/names.ts';
import type { Style } from '../../api/style.ts';

/** A right that the implementation needs from the API server; RBAC is generated from these. */
export interface Permission {
  group: string;
  /** Plural, with `/subresource` where meant. */
  resource: string;
  verbs: readonly ApiVerb[];
}
export type ApiVerb = 'get' | 'list' | 'watch' | 'create' | 'patch' | 'update' | 'delete';

/** Where the revisions of a kind are found, and how little of them is kept for a whole cluster. */
export interface OwnedRevisions {
  resource: Resource;
  project(revision: KubeObject): KubeObject;
}

export interface Registered {
  /** One key in the registry: group, kind, style. */
  group: string;
  kind: string;
  style: Style;
  resource: Resource;
  /** Value of the `workload-type` label. */
  workloadType: string;
  /** Short words that kubectl knows for the kind. */
  shortNames?: readonly string[];
  /** Field by which a person pauses the native roll-out; absent: the kind has none. */
  pausePath?: readonly string[];
  revisionSource: OwnedRevisions;
  /** Name of the policies of this kind and style; those of kinds that are learned at run time share theirs. */
  policy: string;
  /** Without this feature gate the process knows nothing of the kind and style. */
  gate?: FeatureGate;
  /** What control and admission of this kind and style need to read and write. */
  needs: readonly Permission[];
}
