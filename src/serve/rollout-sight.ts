// How much this process sees of the Rollouts: what the watch tells, beside what was let pass here. What follows from it for a
// Rollout that the table lacks says core/admission/absence.ts.

import type { KubeObject } from '../api/kube.ts';
import type { Rollout } from '../api/rollout.ts';
import { absenceFrom, HEARD_MS, type Absence } from '../core/admission/absence.ts';
import { isShown } from '../core/admission/remembered.ts';
import { deploymentsIn, hasReplicas } from '../gather/replicas.ts';
import type { WatchStatus, WatchTiming } from '../kube/watch-contract.ts';
import type { Tables } from '../tables/tables.ts';
import type { RecentRollouts } from './recent-rollouts.ts';

/**
 * Streams of 10 to 20 s: the API server sends a bookmark 2 s before the end of each, so that a watch on which nothing happens is
 * heard in time (`HEARD_MS`), where one a minute is usual.
 */
export const ROLLOUTS_TIMING: Partial<WatchTiming> = { streamSeconds: 10, silenceMs: HEARD_MS };

export interface SightNeeds {
  tables: Tables;
  recent: RecentRollouts;
  /** Of the Rollouts; undefined = it was not started yet. */
  watch(): WatchStatus | undefined;
  /** Somebody says that no other process answers beside this one: it leads without an election. */
  isAlone: boolean;
  /** Where our Deployment tells how many there are; undefined = the process runs outside, and nobody knows who shares its URL. */
  ownNamespace: string | undefined;
  /** Of the Deployments. */
  deploymentsWatch(): WatchStatus | undefined;
  /** This process was told to stop, and another one takes its place while it still answers. */
  isEnding(): boolean;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Milliseconds since this process was held up for a second or longer; undefined = never. */
  sinceStallMs(): number | undefined;
}

export class RolloutSight {
  readonly #needs: SightNeeds;
  #listedAt: number | undefined;
  #replicasAt: number | undefined;
  #strangerAt: number | undefined;

  constructor(needs: SightNeeds) {
    this.#needs = needs;
    const { tables } = needs;
    void tables.rollouts.whenSynced().then(() => (this.#listedAt = needs.now()));
    tables.rollouts.onChange((before, after) => this.#noteRollout(before as Rollout, after as Rollout));
    deploymentsIn(tables)?.onChange((before, after) => {
      if ((after ?? before)?.metadata.namespace === needs.ownNamespace) this.#lookForReplicas();
    });
  }

  /** Of a Rollout of this namespace that the table lacks. */
  absence(namespace: string): Absence {
    const { watch, now, sinceStallMs } = this.#needs;
    this.#lookForReplicas();
    const status = watch();
    const since = (at: number | undefined): number | undefined => (at === undefined ? undefined : now() - at);
    return absenceFrom({
      watched: status?.state === 'watching',
      silentMs: status?.silentMs ?? 0,
      sinceListedMs: since(this.#listedAt),
      sinceReplicasMs: since(this.#replicasAt),
      sinceStrangerMs: since(this.#strangerAt),
      sinceStallMs: sinceStallMs(),
      unseen: this.#isUnseen(namespace),
    });
  }

  #isUnseen(namespace: string): boolean {
    const { recent, tables } = this.#needs;
    const isShownNow = (one: Rollout): boolean => isShown(tables.rollouts.get(namespace, one.metadata.name), one);
    return recent.isIncomplete || !recent.in(namespace).every(isShownNow);
  }

  #lookForReplicas(): void {
    const { isAlone, now } = this.#needs;
    if (!isAlone && this.#mayHaveCompany()) this.#replicasAt = now();
  }

  #mayHaveCompany(): boolean {
    const { tables, ownNamespace, deploymentsWatch, isEnding } = this.#needs;
    const isTold = deploymentsWatch()?.state === 'watching';
    return isEnding() || ownNamespace === undefined || !isTold || hasReplicas(tables, ownNamespace);
  }

  /** Who makes or changes one is asked about here, unless somebody else was asked, or nobody. */
  #noteRollout(before: Rollout | undefined, after: Rollout | undefined): void {
    const { recent, tables, now } = this.#needs;
    if (before !== undefined && after === undefined) return recent.forget(before);
    // As it was listed first, it is there already.
    if (after === undefined || !tables.rollouts.synced || !isNews(before, after)) return;
    const noted = recent.of(after);
    if (noted === undefined || !isShown(noted, after)) this.#strangerAt = now();
    if (noted !== undefined && isShown(after, noted)) recent.forget(noted);
  }
}

/** It may govern now what it did not govern before; on its way out it governs nothing. */
const isNews = (before: KubeObject | undefined, after: KubeObject): boolean =>
  after.metadata.deletionTimestamp === undefined && !isShown(before, after as Rollout);
