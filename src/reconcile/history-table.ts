// Histories as the process keeps them: without the data, which is only ever written.

import type { KubeObject } from '../api/kube.ts';
import { keyIn } from '../api/object-key.ts';
import { LABEL } from '../api/names.ts';
import { ROLLOUT_HISTORIES } from '../api/resources.ts';
import { readAt } from '../lib/json.ts';
import type { Store, Table } from '../kube/store.ts';

const BY_ROLLOUT = 'rollout';

/** Key of the Rollout that a history is about. */
export const rolloutKeyOf = ({ metadata }: KubeObject): string =>
  keyIn(metadata.namespace ?? '', metadata.labels?.[LABEL.rolloutName] ?? '');

const project = ({ metadata, spec, status }: KubeObject): KubeObject => {
  const { name, namespace, uid, resourceVersion, labels } = metadata;
  const known = Object.entries({ name, namespace, uid, resourceVersion, labels }).filter(([, value]) => value);
  return {
    metadata: Object.fromEntries(known) as unknown as KubeObject['metadata'],
    spec: { rollout: { name: readAt(spec, ['rollout', 'name']) } },
    status,
  };
};

export const defineHistories = (store: Store, onError: (error: unknown) => void): Table =>
  store.define(ROLLOUT_HISTORIES, { onError, project, indexes: { [BY_ROLLOUT]: (object) => [rolloutKeyOf(object)] } });

export const historiesOf = (table: Table, rolloutKey: string): KubeObject[] => table.by(BY_ROLLOUT, rolloutKey);

/** Wakes the Rollout's histories when they or it change. */
export function connectHistories(histories: Table, rollouts: Table, wake: (rolloutKey: string) => void): void {
  histories.onChange((before, after) => {
    for (const object of [before, after]) if (object !== undefined) wake(rolloutKeyOf(object));
  });
  rollouts.onChange((before, after) => {
    const { namespace = '', name } = (after ?? before)?.metadata ?? { name: '' };
    wake(`${namespace}/${name}`);
  });
}
