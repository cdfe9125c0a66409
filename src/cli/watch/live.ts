// One Rollout with all that belongs to it, shown again whenever any of it changes, until the user has had enough or the
// Rollout is gone.

import type { Rollout } from '../../api/rollout.ts';
import { notFound } from '../errors.ts';
import { rolloutTarget } from '../rollouts.ts';
import { lookAt, type Look } from '../show/look.ts';
import type { Call } from '../verb.ts';
import { watchedFor } from './around.ts';
import { INTERRUPTED, Lookout } from './lookout.ts';
import { toldOnce } from './lost.ts';
import { Screen } from './screen.ts';

export async function live(call: Call<object>, first: Rollout, text: (look: Look) => string): Promise<number> {
  const { client } = await call.cluster();
  const { namespace = '', name } = first.metadata;
  const lookout = new Lookout(client, call.clock, toldOnce(call));
  const screen = new Screen(call);
  const interrupted = call.interrupted();
  try {
    do {
      const rollout = await client.get(rolloutTarget(namespace, name));
      if (rollout === undefined) throw notFound(name);
      const look = await lookAt(client, rollout as Rollout, call.clock.now());
      for (const watched of watchedFor(look)) lookout.watch(watched);
      screen.show(text(look), text({ ...look, now: 0 }));
    } while (await lookout.changed(interrupted));
    return INTERRUPTED;
  } finally {
    await lookout.close();
  }
}
