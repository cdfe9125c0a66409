// Brings objects to where nothing is left to do: looks, writes, and looks again, so that conflicts, finalizers and layers
// that still act for a moment after they were deleted are all the same case.

import type { Action } from '../../objects/actions.ts';
import type { Client } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { sleep, type Clock } from '../../runtime/clock.ts';
import type { Kinds } from '../../workloads/kinds.ts';
import { CliError } from '../errors.ts';

export interface Work {
  client: Client;
  /** Kinds that are released, those of the cluster's own among them. */
  kinds: Kinds;
  clock: Clock;
  /** Nothing is written, so one look is all there is. */
  dryRun: boolean;
  say(line: string): void;
}

/**
 * The API server goes on using a deleted admission policy for up to a second or so, and that cannot be watched: a write may
 * be undone on its way in, and is repeated.
 */
const PAUSE_MS = 250;
const GIVE_UP_MS = 30_000;

/** How many writes were made. `what` is named when they do not stick. */
export async function settle(work: Work, what: string, look: () => Promise<Action[]>): Promise<number> {
  const end = work.clock.monotonic() + GIVE_UP_MS;
  let writes = 0;
  for (let round = 0; ; round += 1) {
    const actions = await look();
    if (actions.length === 0) return writes;
    for (const action of actions) if (await perform(work.client, action)) writes += 1;
    if (work.dryRun) return writes;
    if (work.clock.monotonic() > end) {
      throw new CliError(`error: ${what}: writes do not last (${actions[0]?.why ?? ''}); something puts them back`);
    }
    if (round > 0) await sleep(work.clock, PAUSE_MS);
  }
}

/** False when the object changed under our hands; one that is gone needs nothing more. */
async function perform(client: Client, action: Action): Promise<boolean> {
  const { target } = action;
  try {
    if (action.do === 'create') await client.create(target.resource, target.namespace, action.object);
    if (action.do === 'delete') await client.delete(target, { uid: action.uid });
    if (action.do === 'patch') {
      const { subresource, resourceVersion } = action;
      await client.mergePatch(target, action.patch, {
        ...(subresource === undefined ? {} : { subresource }),
        ...(resourceVersion === '' ? {} : { resourceVersion }),
      });
    }
    if (action.do === 'exactPatch') await client.jsonPatch(target, [...action.operations]);
    return true;
  } catch (error) {
    if (isKubeError(error) && (error.conflict || error.notFound)) return false;
    throw error;
  }
}

const AT_ONCE = 8;

/** Every item is tried, several at a time; the first failure is thrown when all are done. */
export async function forEach<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      await act(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (failures.length > 0) throw failures[0];
}
