// Many Rollouts, or one for scripts: on a terminal a table that is drawn anew, elsewhere a row or a document a change.

import type { Rollout } from '../../api/rollout.ts';
import { keyOf } from '../../api/object-key.ts';
import { ROLLOUTS } from '../../api/resources.ts';
import { GrowingTable, showAll, type ShowAllOptions } from '../show/all.ts';
import { document, presented, type DocumentFormat } from '../text/document.ts';
import type { Call } from '../verb.ts';
import { INTERRUPTED, Lookout } from './lookout.ts';
import { toldOnce } from './lost.ts';
import { Screen } from './screen.ts';

export interface ManyOptions {
  /** '' = all. */
  namespace: string;
  /** Empty = all. */
  names: readonly string[];
  format: DocumentFormat | undefined;
  wide: boolean;
}

export async function many(call: Call<object>, { namespace, names, format, wide }: ManyOptions): Promise<number> {
  const { client } = await call.cluster();
  const lookout = new Lookout(client, call.clock, toldOnce(call));
  const scope = namespace === '' ? {} : { namespace };
  const table = lookout.watch({
    resource: ROLLOUTS,
    scope: names.length === 1 ? { ...scope, name: names[0] ?? '' } : scope,
  });
  const isMeant = ({ metadata }: Rollout): boolean => names.length === 0 || names.includes(metadata.name);
  const news: Rollout[] = [];
  table.onChange((before, after) => news.push((after ?? gone(before as Rollout)) as Rollout));
  const options = (): ShowAllOptions => ({ now: call.clock.now(), namespaced: namespace === '', wide });
  const [screen, rows, interrupted] = [new Screen(call), new GrowingTable(), call.interrupted()];
  try {
    while (await lookout.changed(interrupted)) {
      const changed = sorted(news.splice(0).filter(isMeant));
      if (format !== undefined) await printDocuments(call, changed, format);
      else if (call.terminal() === undefined) call.io.out(rows.add(changed, options()));
      else screen.show(showAll(sorted(table.list() as Rollout[]).filter(isMeant), options()));
    }
    return INTERRUPTED;
  } finally {
    await lookout.close();
  }
}

async function printDocuments({ io }: Call<object>, rollouts: Rollout[], format: DocumentFormat): Promise<void> {
  // YAML documents are told apart by their marker.
  const marker = format === 'yaml' ? '---\n' : '';
  for (const rollout of rollouts) io.out(`${marker}${await document(presented(rollout), format)}`);
}

const gone = (rollout: Rollout): Rollout => ({
  ...rollout,
  status: { ...rollout.status, phase: 'Deleted', message: '' },
});

/** Stable: changes of one Rollout keep their order. */
const sorted = (rollouts: Rollout[]): Rollout[] => rollouts.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
