// Rollouts: a release from its first step to its end.

import { canaryServiceNameOf, FINALIZER, PHASE } from '../api/names.ts';
import { keyIn, keyOf, splitKey } from '../api/object-key.ts';
import { BATCH_RELEASES, ROLLOUTS, TRAFFIC_ROUTINGS } from '../api/resources.ts';
import type { Rollout } from '../api/rollout.ts';
import { trafficRoutingOf, trafficRoutingRefOf } from '../api/rollout-view.ts';
import type { KubeObject } from '../api/kube.ts';
import type { RolloutObserved } from '../core/rollout/rollout-observed.ts';
import { toldIn } from '../core/rollout/rollout-draft.ts';
import { planRollout } from '../core/rollout/plan-rollout.ts';
import { isKindAwaited, observeRollout } from '../gather/rollout.ts';
import { may, READ } from '../install/rights.ts';
import { withoutRecords } from '../objects/kept.ts';
import { INDEX, namespaceOf, workloadOfRollout } from '../tables/keys.ts';
import { routeKeys } from '../tables/route-keys.ts';
import type { Pipe } from './pipe.ts';
import { itself, keysOf, traffic, workloads } from './wakes.ts';

function trafficOf(rollout: Rollout): string[] {
  const ref = trafficRoutingOf(rollout);
  if (ref === undefined) return [];
  return routeKeys(namespaceOf(rollout), ref, [ref.service, canaryServiceNameOf(ref.service)]);
}

function sharedOf(rollout: KubeObject): string[] {
  const name = trafficRoutingRefOf(rollout);
  return name === '' ? [] : [keyIn(namespaceOf(rollout), name)];
}

const UNDER_WAY: unknown[] = [PHASE.progressing, PHASE.terminating, PHASE.disabling];

export const ROLLOUT: Pipe<RolloutObserved> = {
  name: 'rollout',
  workers: { setting: 'rollout', byDefault: 3 },
  tables: [
    {
      resource: ROLLOUTS,
      project: withoutRecords,
      indexes: {
        [INDEX.workload]: (object) => [workloadOfRollout(object)],
        [INDEX.traffic]: (object) => trafficOf(object as Rollout),
        [INDEX.shared]: sharedOf,
      },
    },
  ],
  wakes: [
    itself(ROLLOUTS),
    // Which Rollout governs may have changed for the others as well.
    { on: ROLLOUTS, keys: (object, { rollouts }) => keysOf(rollouts.by(INDEX.workload, workloadOfRollout(object))) },
    { on: TRAFFIC_ROUTINGS, keys: (object, { rollouts }) => keysOf(rollouts.by(INDEX.shared, keyOf(object))) },
    // By name, not by owner: a Rollout also waits for a foreign one of its name to go.
    itself(BATCH_RELEASES),
    ...workloads((key, { rollouts }) => keysOf(rollouts.by(INDEX.workload, key))),
    traffic((key, { rollouts }) => keysOf(rollouts.by(INDEX.traffic, key))),
  ],
  /** Rollouts may have named a kind before it was known. */
  onKindSettled: ({ rollouts }) => keysOf(rollouts.list()),
  all: ({ rollouts }) => keysOf(rollouts.list()),
  async observe(key, observer, signal) {
    const rollout = observer.tables.rollouts.get(...splitKey(key)) as Rollout | undefined;
    if (rollout === undefined || isKindAwaited(observer, rollout)) return undefined;
    return observeRollout(observer, rollout, signal);
  },
  // Its BatchRelease has its name.
  plan: (observed, { refused, hasFailed, announced }, answers) =>
    planRollout({
      ...observed,
      refused,
      hasFailed,
      answers,
      announced: announced('rollout', toldIn(observed.rollout, observed.rollout.status)),
      podsAnnounced: announced('batchrelease', observed.batchRelease?.status?.message),
    }),
  about: ({ rollout }) => rollout,
  // `update` on finalizers is what owner references that block deletion ask for.
  rights: [
    may(ROLLOUTS, [...READ, 'patch']),
    may(ROLLOUTS, ['patch'], '/status'),
    may(ROLLOUTS, ['update'], '/finalizers'),
  ],
  farewell: {
    resource: ROLLOUTS,
    outdated: (rollout) =>
      UNDER_WAY.includes((rollout as Rollout).status?.phase)
        ? { why: 'its release has ended', told: 'its release has ended, so its status is cleared' }
        : undefined,
    isOurs: (finalizer) => finalizer === FINALIZER.rollout,
    why: 'nobody is left to finalise it',
  },
};
