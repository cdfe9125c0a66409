// Many Rollouts as a table, with the columns that kubectl shows for the kind.

import type { Rollout } from '../../api/rollout.ts';
import { stepsOf, styleOf, workloadRefOf } from '../../api/rollout-view.ts';
import { age } from '../text/age.ts';
import { columns } from '../text/columns.ts';

export interface TableOptions {
  now: number;
  /** Rows of several namespaces. */
  namespaced: boolean;
  wide: boolean;
}

const HEADINGS = ['NAME', 'STATUS', 'CANARY_STEP', 'CANARY_STATE', 'MESSAGE', 'AGE'];
const WIDE = ['STEPS', 'STYLE', 'WORKLOAD'];

function rowOf(rollout: Rollout, { now, namespaced, wide }: TableOptions): string[] {
  const { metadata, status } = rollout;
  const { kind, name } = workloadRefOf(rollout);
  const step = status?.currentStepIndex;
  const cells = [status?.phase, step?.toString(), status?.currentStepState, status?.message].map((cell) => cell ?? '');
  return [
    ...(namespaced ? [metadata.namespace ?? ''] : []),
    metadata.name,
    ...cells,
    age(metadata.creationTimestamp, now),
    ...(wide ? [String(stepsOf(rollout).length), styleOf(rollout), `${kind}/${name}`] : []),
  ];
}

export const showAll = (rollouts: readonly Rollout[], options: TableOptions): string =>
  columns([
    [...(options.namespaced ? ['NAMESPACE'] : []), ...HEADINGS, ...(options.wide ? WIDE : [])],
    ...rollouts.map((rollout) => rowOf(rollout, options)),
  ]);
