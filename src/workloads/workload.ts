// The contract of a workload kind and style: how to read it, hold it at admission, advance, finish and give it back.
// One implementation per (group, kind, style) in this folder; index.ts is the registry. All of it is pure: objects in,
// plain data out. Nothing outside this folder may ask for a kind.

import type { JsonObject, KubeObject, OwnerReference, PodTemplate, Resource, Strings } from '../api/kube.ts';
import type { Action } from '../core/actions.ts';
import type { PatchOperation } from '../core/json-patch.ts';

export type Style = 'canary' | 'partition' | 'bluegreen';

/** Objects a kind must see beside the workload itself, gathered by the shell. */
export interface RelatedQuery {
  /** The key under which the objects appear in `Related`. */
  as: string;
  resource: Resource;
  /** Objects whose controller owner is the workload, or that carry all of these labels. */
  by: { ownerUid: string } | { labels: Strings };
}
export type Related = Record<string, KubeObject[]>;

export interface WorkloadView {
  uid: string;
  /** spec.replicas, defaulted. */
  replicas: number;
  /** The controller of the kind has seen the latest generation. */
  observed: boolean;
  /** Pods of the workload itself. */
  status: { replicas: number; updated: number; ready: number; available: number };
  template: PodTemplate;
  /** Revision of the template in spec (status.canaryRevision of the Rollout). */
  updateRevision: string;
  /** Revision that serves now; '' when none does. */
  stableRevision: string;
  /** How many revisions have pods. */
  activeRevisions: number;
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
  ready: number;
  podRevision: string;
  /** Selector labels plus revision of the release's pods, for listing and stamping; undefined when none exist. */
  podSelector: Strings | undefined;
  /** The release's own controller has seen the latest change. */
  observed: boolean;
}

export interface ReleaseContext {
  batchRelease: KubeObject;
  owner: OwnerReference;
  /** Merged into the pods' template by styles that own the new pods' template. */
  podMetadata: { labels?: Strings; annotations?: Strings } | undefined;
  collisionCount: number;
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
  related(workload: KubeObject): RelatedQuery[];
  view(workload: KubeObject, related: Related): WorkloadView;

  /** Admission: operations that hold `next`; empty when it is held already (idempotent). */
  hold(request: HoldRequest): PatchOperation[];
  /** Admission: what of the hold a user's update of a workload in progress would undo, put back as in `old`. */
  keepHeld(old: KubeObject, next: KubeObject): PatchOperation[];
  /** Admission: operations that undo a hold which an earlier layer put on `next` (promotion being rolled back). */
  unhold(old: KubeObject, next: KubeObject): PatchOperation[];
  /** The same as CEL, for the generated policies. */
  cel: HoldExpressions;

  /** Control: prepare and bring the release to `target` new pods; never fewer than exist. */
  advance(workload: KubeObject, related: Related, release: ReleaseContext, target: number): Action[];
  release(workload: KubeObject, related: Related, release: ReleaseContext): ReleaseView;
  /** Control: end the hold and `in-progressing` in one write; with `unmanage` also our labels. */
  letGo(workload: KubeObject, extra?: { labels?: JsonObject; annotations?: JsonObject }): Action[];
  /** Control: remove what `advance` made and marks it left, once nothing needs the new pods; empty = done. */
  cleanUp(workload: KubeObject | undefined, related: Related, release: ReleaseContext): Action[];
}

export interface HoldExpressions {
  /** True when the style can hold this object (`object`, `oldObject` in scope). */
  applies: string;
  /** True when the hold fields of the named variable hold the native roll-out. */
  isHeld(variable: 'object' | 'oldObject'): string;
  /** ApplyConfiguration body (CEL object literal fields of `Object{...}`) that holds. */
  holdSpec: string;
  /** ApplyConfiguration body that restores the hold fields from oldObject. */
  keepSpec: string;
}
