// Driving a workload through a release and giving it back: writes as data, for control alone. What differs by style is stated
// here as a capability, so that the plans ask what a style can and never which one it is.

import type { JsonObject, KubeObject } from '../../api/kube.ts';
import type { RollingStyle } from '../../api/names.ts';
import type { Action } from '../../objects/actions.ts';
import type { Related, ReleaseContext } from './readable.ts';

export interface Capabilities {
  /** The style as `releasePlan.rollingStyle` of a BatchRelease names it. */
  rollingStyle: RollingStyle;
  /**
   * New pods take the place of old ones, so a full step leaves no stable pod, and the revision that alone has pods is the one
   * that serves.
   */
  replacesInPlace: boolean;
  /** New pods live in a workload of their own beside this one, whose template may carry metadata of its own. */
  makesExtraWorkload: boolean;
  /** New pods come of a copy of the template, which is written as it was read. */
  copiesTemplate: boolean;
  /** A rollback can go through the steps as well (annotation `rollback-in-batch`). */
  rollsBackInBatches: boolean;
  /** Pods that a step means, where that is not simply its share rounded up. */
  stepSize?(step: unknown, replicas: number): number;
}

export interface Drivable extends Capabilities {
  /** Prepare and bring the release to `target` new pods; never fewer than exist. */
  advance(workload: KubeObject, related: Related, release: ReleaseContext, target: number): Action[];
  /**
   * The body of one merge patch that holds what rolls out by itself and sets these annotations; undefined when it is held
   * already. Only a BatchRelease made by hand meets such a workload. Absent where `advance` holds as well.
   */
  takeOver?(workload: KubeObject, annotations: JsonObject): JsonObject | undefined;
  /**
   * It carries what a release puts on it and `letGo` takes off, so no promotion has reached it. Absent where its pods tell as
   * much.
   */
  awaitsHandOver?(workload: KubeObject): boolean;
  /** End the hold and `in-progressing` in one write; with `extra` also our labels. */
  letGo(workload: KubeObject, extra?: { labels?: JsonObject; annotations?: JsonObject }): Action[];
  /**
   * Take our marks off and leave the hold as it is, for a person to go on with; absent where new pods live in a workload of
   * their own and cannot stay.
   */
  freeze?(workload: KubeObject): Action[];
  /** Remove what `advance` made and marks it left, once nothing needs the new pods; empty = done. */
  cleanUp(workload: KubeObject | undefined, related: Related, release: ReleaseContext): Action[];
  /** Nothing that `advance` made is left. */
  isGone(related: Related, release: ReleaseContext): boolean;
  /**
   * Writes on pods themselves, where the kind's own controller would wait for ever: those in its way, or, where it replaces none
   * by itself, old ones up to the size that `advance` wrote on the workload. Broken pods of `stableRevision` are never in the way.
   */
  unblock?(workload: KubeObject, pods: readonly KubeObject[], stableRevision: string): Action[];
}
