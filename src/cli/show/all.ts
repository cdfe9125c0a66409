// Many Rollouts as a table, with the columns that kubectl shows for the kind.

import type { Rollout } from '../../api/rollout.ts';
import { summaryOf } from '../../view/summary.ts';
import { ago } from '../../view/times.ts';
import { columns, widthsOf } from '../text/columns.ts';

export interface ShowAllOptions {
  now: number;
  /** Rows of several namespaces. */
  namespaced: boolean;
  wide: boolean;
}

const HEADINGS = ['NAME', 'STATUS', 'CANARY_STEP', 'CANARY_STATE', 'MESSAGE', 'AGE'];
const WIDE = ['STEPS', 'STYLE', 'WORKLOAD'];

function rowOf(rollout: Rollout, { now, namespaced, wide }: ShowAllOptions): string[] {
  const { namespace, name, phase, step, state, message, created, steps, style, workload } = summaryOf(rollout);
  return [
    ...(namespaced ? [namespace] : []),
    name,
    phase,
    step?.toString() ?? '',
    state,
    message,
    ago(created, now),
    ...(wide ? [String(steps), style, `${workload.kind}/${workload.name}`] : []),
  ];
}

const headingsOf = ({ namespaced, wide }: ShowAllOptions): string[] => [
  ...(namespaced ? ['NAMESPACE'] : []),
  ...HEADINGS,
  ...(wide ? WIDE : []),
];

export const showAll = (rollouts: readonly Rollout[], options: ShowAllOptions): string =>
  columns([headingsOf(options), ...rollouts.map((rollout) => rowOf(rollout, options))]);

/** A table that goes on: the headings come with the first rows, and columns never become narrower. */
export class GrowingTable {
  readonly #last = new Map<string, string>();
  #widths: number[] = [];
  #begun = false;

  /** Rows that say something new; '' when none does. */
  add(rollouts: readonly Rollout[], options: ShowAllOptions): string {
    const rows = rollouts.filter((rollout) => this.#isNew(rollout, options)).map((rollout) => rowOf(rollout, options));
    if (rows.length === 0) return '';
    const all = this.#begun ? rows : [headingsOf(options), ...rows];
    this.#begun = true;
    this.#widths = widthsOf(all, this.#widths);
    return columns(all, this.#widths);
  }

  /** Time alone is no news. */
  #isNew(rollout: Rollout, options: ShowAllOptions): boolean {
    const { namespace = '', name } = rollout.metadata;
    const row = JSON.stringify(rowOf(rollout, { ...options, now: 0 }));
    if (this.#last.get(`${namespace}/${name}`) === row) return false;
    this.#last.set(`${namespace}/${name}`, row);
    return true;
  }
}
