// The contract of a workload kind and style: how to read it, hold it at admission, advance, finish and give it back.
// One implementation per (group, kind, style) in this folder; index.ts is the registry. All of it is pure: objects in,
// plain data out. Nothing outside this folder may ask for a kind.

import type { JsonObject, KubeObject, OwnerReference, PodTemplate, Resource, Strings } from '../api/kube.ts';
import type { FeatureGate } from '../api/names.ts';
import type { IntOrString } from '../api/schema.ts';
import type { Style } from '../api/style.ts';
import type { Action } from '../objects/actions.ts';
import type { FieldEdit } from '../objects/field-edit.ts';

/** Objects a kind must see beside the workload itself, gathered by the shell. */
export interface RelatedQuery {
  /** The key under which the objects appear in `Related`. */
  as: string;
  resource: Resource;
  /** Objects whose controller owner is the workload, or that carry all of these labels. */
  by:
    | {
        ownerUid: string;
        /** Labels that all of them carry too: narrows a live LIST, which cannot select by owner. */
        hint?: Strings;
      }
    | { labels: Strings };
  /** Needed by control only, while a release is under way. */
  releasing?: boolean;
}
export type Related = Record<string, KubeObject[]>;

/** A right that the implementation needs from the API server; RBAC is generated from these. */
export interface Permission {
  group: string;
  /** Plural, with `/subresource` where meant. */
  resource: string;
  verbs: readonly Verb[];
}
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'patch' | 'update' | 'delete';

/** Where the revisions of a kind are found, and how little of them is kept for a whole cluster. */
export interface OwnedRevisions {
  resource: Resource;
  project(revision: KubeObject): KubeObject;
}

export interface WorkloadView {
  uid: string;
  /** spec.replicas, defaulted. */
  replicas: number;
  /** The controller of the kind has seen the latest generation. */
  observed: boolean;
  /** Pods of the workload itself. */
  status: { replicas: number; updated: number; ready: number; available: number };
  /** As written in spec; undefined on a projected object, whose hashes were taken before it was dropped. */
  template: PodTemplate | undefined;
  /** Canonical hash of the template (core/revision templateHash). */
  templateHash: string;
  /** Revision of the template in spec (status.canaryRevision of the Rollout); '' until the kind's controller has named it. */
  updateRevision: string;
  /** Revision that serves now; '' when none does. */
  stableRevision: string;
  /**
   * Pods of `stableRevision` that serve, as far as the kind tells: available ones, or those that exist. While no newer revision
   * has pods, all of them count.
   */
  stableServing: number;
  /** How many revisions have pods. */
  activeRevisions: number;
  /** How many revisions are known beside the newest, with or without pods. */
  olderRevisions: number;
  /** When the newest revision was made (RFC 3339); '' when there is none. */
  newestRevisionSince: string;
  /** Revision label value of the new pods; '' until they exist. */
  podRevision: string;
  /** Label that tells the pods of two revisions apart. */
  revisionKey: string;
  /** The native roll-out is held (paused, partition, OnDelete). */
  held: boolean;
  /** Rollout name from the `in-progressing` annotation; '' for a bare value; undefined when absent. */
  inProgress: string | undefined;
  /** spec.template is the one that serves as stable: a rollback while a release is under way. */
  templateIsStable: boolean;
  /** Release id: label `rollout-id`, else annotation; '' when none. */
  releaseId: string;
  /** The native roll-out of spec.template is complete and available. */
  settled: boolean;
  labels: Strings;
  annotations: Strings;
  deleting: boolean;
}

/** New pods of a release, wherever the style keeps them. */
export interface ReleaseView {
  /** Pods that should exist at most so far, as the release asked for. */
  desired: number;
  updated: number;
  /** Undefined where the kind does not count them: then the pods that `podSelector` selects are counted. */
  ready: number | undefined;
  podRevision: string;
  /** Selector labels plus revision of the release's pods, for listing and stamping; undefined when none exist. */
  podSelector: Strings | undefined;
  /** The release's own controller has seen the latest change. */
  observed: boolean;
}

/** A template that a workload has or had. */
export interface Revision {
  /** As the kind's controller counts, from 1; a later one is higher. */
  number: number;
  /** What keeps it. */
  object: KubeObject;
  /** Label value of its pods, as in `WorkloadView.stableRevision`. */
  revision: string;
  /** Without what controllers add. */
  template: PodTemplate;
  /** '' when nobody said. */
  changeCause: string;
}

export interface ReleaseContext {
  batchRelease: KubeObject;
  owner: OwnerReference;
  /** Merged into the pods' template by styles that own the new pods' template. */
  podMetadata: { labels?: Strings; annotations?: Strings } | undefined;
  collisionCount: number;
  /** The step as its author wrote it; absent outside a step. */
  step?: IntOrString | undefined;
}

export interface HoldRequest {
  old: KubeObject;
  next: KubeObject;
  related: Related;
  rolloutName: string;
}

export interface Workload {
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
  /** Pods that a step means, where that is not simply its share rounded up. */
  stepSize?(step: unknown, replicas: number): number;
  /** A rollback can go through the steps as well (annotation `rollback-in-batch`). */
  rollsBackInBatches: boolean;
  related(workload: KubeObject): RelatedQuery[];
  view(workload: KubeObject, related: Related): WorkloadView;

  /** Templates it has and had, oldest first; from related objects as they are, not projected. */
  revisions(workload: KubeObject, related: Related): Revision[];

  /** The native roll-out of this object is held. The same as `view().held`, without looking at anything else. */
  isHeld(workload: KubeObject): boolean;
  /** There is something to hold: never for a scale from or to zero. The same as `cel.applies`. */
  applies(old: KubeObject, next: KubeObject): boolean;
  /** The same as `view().activeRevisions`, without hashing a template. */
  activeRevisions(workload: KubeObject, related: Related): number;
  /** spec.template is that of the named revision (as in `view().stableRevision`). */
  isRevision(workload: KubeObject, related: Related, revision: string): boolean;
  /** Fields of the kind itself that `hold`, `keepHeld` and `unhold` may name; the marks common to all kinds are not here. */
  holdPaths: readonly string[][];
  /** Admission: fields as they shall be for `next` to be held. Marks common to all kinds are added by the decision. */
  hold(request: HoldRequest): FieldEdit[];
  /** Admission: what of the hold a user's update of a workload in progress would undo, as it is in `old`. */
  keepHeld(old: KubeObject, next: KubeObject): FieldEdit[];
  /** Admission: fields that undo a hold which an earlier layer put on `next` (promotion being rolled back). */
  unhold(old: KubeObject, next: KubeObject): FieldEdit[];
  /** The same as CEL, for the generated policies. */
  cel: HoldExpressions;
  /** What control and admission of this kind and style need to read and write. */
  needs: readonly Permission[];

  /** What decisions read of the workload; kept for a whole cluster, so small. */
  project(workload: KubeObject): KubeObject;

  /** Control: prepare and bring the release to `target` new pods; never fewer than exist. */
  advance(workload: KubeObject, related: Related, release: ReleaseContext, target: number): Action[];
  release(workload: KubeObject, related: Related, release: ReleaseContext): ReleaseView;
  /**
   * Control: the body of one merge patch that holds what rolls out by itself and sets these annotations; undefined when it
   * is held already. Only a BatchRelease made by hand meets such a workload. Absent where `advance` holds as well.
   */
  takeOver?(workload: KubeObject, annotations: JsonObject): JsonObject | undefined;
  /**
   * Control: it carries what a release puts on it and `letGo` takes off, so no promotion has reached it. Absent where its pods
   * tell as much.
   */
  awaitsHandOver?(workload: KubeObject): boolean;
  /** Control: end the hold and `in-progressing` in one write; with `unmanage` also our labels. */
  letGo(workload: KubeObject, extra?: { labels?: JsonObject; annotations?: JsonObject }): Action[];
  /**
   * Control: take our marks off and leave the hold as it is, for a person to go on with; absent where new pods live in a
   * workload of their own and cannot stay.
   */
  freeze?(workload: KubeObject): Action[];
  /** Control: remove what `advance` made and marks it left, once nothing needs the new pods; empty = done. */
  cleanUp(workload: KubeObject | undefined, related: Related, release: ReleaseContext): Action[];
  /** Control: nothing that `advance` made is left. */
  isGone(related: Related, release: ReleaseContext): boolean;
  /**
   * Control: writes that clear pods out of the way which the kind's own controller would wait for for ever; pods of
   * `stableRevision` are never among them.
   */
  unblock?(workload: KubeObject, pods: readonly KubeObject[], stableRevision: string): Action[];
}

export type CelVariable = 'object' | 'oldObject';

/** A FieldEdit whose value the API server computes. */
export interface CelEdit {
  path: string[];
  /** CEL; undefined removes the field. */
  value: string | undefined;
  /** CEL condition under which the edit is made; absent = always. */
  when?: string;
}

/** CEL over `object` and `oldObject`; every optional field is guarded by has(). */
export interface HoldExpressions {
  /** The hold fields as a person would name them, for messages. */
  text: string;
  /** The object has something to hold: never true for a scale from or to zero. */
  applies: string;
  /** The hold fields of the named variable hold the native roll-out. */
  isHeld(variable: CelVariable): string;
  /** What of `hold` needs nothing but the object. */
  hold: readonly CelEdit[];
  /** As `keepHeld`; evaluated while a release is under way only. */
  keep: readonly CelEdit[];
  /** Where a hold has degrees: `object` is held less than a new release needs, and less than `oldObject` was during one. */
  loosened?: { atFirst: string; later: string };
}
