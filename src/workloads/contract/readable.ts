// Reading a workload: what must be seen beside it, what it shows of itself and of a release, and how little of it is kept for
// a whole cluster. For gatherers, and for everybody who only tells.

import type { KubeObject, OwnerReference, PodTemplate, Resource, Strings } from '../../api/kube.ts';
import type { IntOrString } from '../../api/schema.ts';

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
  /** Canonical hash of the template (`objects/revision` templateHash). */
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
  /** Why nothing of its roll-out can be held, for people; '' = it can. */
  cannotHold: string;
  /** The kind's controller has written nothing on it yet, and is about to. */
  justMade: boolean;
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
  /** Why the API server makes no more of its pods, as the kind's controller was told; absent = it does, or nobody knows. */
  refused?: string;
}

/** A release as a kind wants to see it: its BatchRelease, and what that brings to the pods. */
export interface ReleaseContext {
  batchRelease: KubeObject;
  owner: OwnerReference;
  /** Merged into the pods' template by styles that own the new pods' template. */
  podMetadata: { labels?: Strings; annotations?: Strings } | undefined;
  collisionCount: number;
  /** The step as its author wrote it; absent outside a step. */
  step?: IntOrString | undefined;
}

export interface Readable {
  related(workload: KubeObject): RelatedQuery[];
  view(workload: KubeObject, related: Related): WorkloadView;
  release(workload: KubeObject, related: Related, release: ReleaseContext): ReleaseView;
  /** Templates it has and had, oldest first; from related objects as they are, not projected. */
  revisions(workload: KubeObject, related: Related): Revision[];
  /** The same as `view().activeRevisions`, without hashing a template. */
  activeRevisions(workload: KubeObject, related: Related): number;
  /** spec.template is that of the named revision (as in `view().stableRevision`). */
  isRevision(workload: KubeObject, related: Related, revision: string): boolean;
  /** What decisions read of the workload; kept for a whole cluster, so small. */
  project(workload: KubeObject): KubeObject;
}
