// Whether it is true that no Rollout names a workload when the tables say so. A Rollout comes into the table by the watch alone,
// so a missing one counts only while nothing is known that could have made the watch miss it. Whoever doubts looks live.

/** What makes a "no" of the tables doubtful. Closed set: value of a metric's label. */
export const DOUBT = {
  /** The Rollouts were not listed yet, or the stream of the watch is broken. */
  notWatched: 'not-watched',
  /** The API server has said nothing on that stream for longer than it ever does. */
  silent: 'watch-silent',
  /** Rollouts that were let pass before this process served may be on their way. */
  started: 'started-lately',
  /** Another replica may have let one pass, and does not tell. */
  replicas: 'other-replicas',
  /** One came into the table that was not let pass here, so others may be on their way. */
  stranger: 'rollout-from-elsewhere',
  /** This process was held up, so the API server may have let one pass without it. */
  stalled: 'stalled-lately',
  /** One was let pass here, and is not in the table yet. */
  unseen: 'rollout-not-seen-yet',
} as const;

export type Doubt = (typeof DOUBT)[keyof typeof DOUBT];

/** `known`: what the tables lack does not exist. */
export type Absence = 'known' | Doubt;

/** A stream of the Rollouts is heard at least so often (`ROLLOUTS_TIMING`): longer, and it may be broken without our knowing. */
export const HEARD_MS = 30_000;
/** What was let pass is stored by then, or never: the API server ends a request after so long. */
const STORED_MS = 60_000;
/** What was let pass is in the table by then, if the watch has been heard. */
export const SHOWN_MS = STORED_MS + HEARD_MS;

/** What is known of the table of Rollouts. Times are milliseconds that have passed; undefined = it never happened. */
export interface Sight {
  /** Listed, and the stream is open. */
  watched: boolean;
  /** Since the API server has last said anything on it. */
  silentMs: number;
  sinceListedMs: number | undefined;
  /** Since another replica of ours was there. */
  sinceReplicasMs: number | undefined;
  /** Since a Rollout came into the table that was not let pass here. */
  sinceStrangerMs: number | undefined;
  /** Since this process was held up for so long that the API server may have given up asking it. */
  sinceStallMs: number | undefined;
  /** Of the namespace that is asked about: one that was let pass here is not in the table, or as it was before. */
  unseen: boolean;
}

const isYounger = (ms: number | undefined, limit: number): boolean => ms !== undefined && ms < limit;

export function absenceFrom(sight: Sight): Absence {
  if (!sight.watched || sight.sinceListedMs === undefined) return DOUBT.notWatched;
  if (sight.silentMs > HEARD_MS) return DOUBT.silent;
  if (isYounger(sight.sinceListedMs, SHOWN_MS)) return DOUBT.started;
  if (isYounger(sight.sinceReplicasMs, SHOWN_MS)) return DOUBT.replicas;
  if (isYounger(sight.sinceStrangerMs, HEARD_MS)) return DOUBT.stranger;
  if (isYounger(sight.sinceStallMs, SHOWN_MS)) return DOUBT.stalled;
  return sight.unseen ? DOUBT.unseen : 'known';
}
