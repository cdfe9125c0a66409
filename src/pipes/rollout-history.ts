// Histories of Rollouts: one object a release, kept after its end. Its keys are those of Rollouts, because all histories of
// one are planned together.

import type { KubeObject } from '../api/kube.ts';
import { LABEL } from '../api/names.ts';
import { keyIn, splitKey } from '../api/object-key.ts';
import { ROLLOUT_HISTORIES, ROLLOUTS } from '../api/resources.ts';
import type { HistoryObserved } from '../core/history/history-observed.ts';
import { planHistories } from '../core/history/plan-histories.ts';
import { observeHistories } from '../gather/rollout-history.ts';
import { may, READ } from '../install/rights.ts';
import { readAt } from '../lib/json.ts';
import { INDEX } from '../tables/keys.ts';
import type { Pipe } from './pipe.ts';
import { itself, keysOf } from './wakes.ts';

/** Key of the Rollout that a history is about. */
const rolloutKeyOf = ({ metadata }: KubeObject): string =>
  keyIn(metadata.namespace ?? '', metadata.labels?.[LABEL.rolloutName] ?? '');

/** Without the data, which is only ever written. */
const project = ({ metadata, spec, status }: KubeObject): KubeObject => {
  const { name, namespace, uid, resourceVersion, labels } = metadata;
  const known = Object.entries({ name, namespace, uid, resourceVersion, labels }).filter(([, value]) => value);
  return {
    metadata: Object.fromEntries(known) as unknown as KubeObject['metadata'],
    spec: { rollout: { name: readAt(spec, ['rollout', 'name']) } },
    status,
  };
};

export const ROLLOUT_HISTORY: Pipe<HistoryObserved> = {
  name: 'rollouthistory',
  gate: 'RolloutHistory',
  workers: { setting: 'rolloutHistory', byDefault: 3 },
  tables: [{ resource: ROLLOUT_HISTORIES, project, indexes: { [INDEX.rollout]: (object) => [rolloutKeyOf(object)] } }],
  wakes: [{ on: ROLLOUT_HISTORIES, keys: (history) => [rolloutKeyOf(history)] }, itself(ROLLOUTS)],
  all: (tables) => [...tables.of(ROLLOUT_HISTORIES).list().map(rolloutKeyOf), ...keysOf(tables.rollouts.list())],
  observe: (key, observer, signal) =>
    observeHistories(observer, observer.tables.of(ROLLOUT_HISTORIES), splitKey(key), signal),
  plan: planHistories,
  about({ rollout }, key) {
    const [namespace, name] = splitKey(key);
    return rollout ?? { metadata: { name, namespace } };
  },
  rights: [may(ROLLOUT_HISTORIES, [...READ, 'create', 'patch']), may(ROLLOUT_HISTORIES, ['patch'], '/status')],
};
