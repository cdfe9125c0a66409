// One Rollout with all that belongs to it, shown again whenever any of it changes, until the user has had enough or the
// Rollout is gone.

import type { Rollout } from '../../api/rollout.ts';
import { notFound } from '../errors.ts';
import { rolloutTarget } from '../rollouts.ts';
import { around } from '../../view/around.ts';
import { releaseModel, type ReleaseModel } from '../../view/release-model.ts';
import { lookAt } from '../show/look-at.ts';
import type { Call } from '../verb.ts';
import { INTERRUPTED, Lookout, onlyVersions } from './lookout.ts';
import { toldOnce } from './lost.ts';
import { Screen } from './screen.ts';

export async function live(
  call: Call<object>,
  first: Rollout,
  text: (release: ReleaseModel) => string,
): Promise<number> {
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
      for (const seen of around(look)) lookout.watch({ ...seen, project: onlyVersions });
      screen.show(text(releaseModel(look)), text(releaseModel({ ...look, now: 0 })));
    } while (await lookout.changed(interrupted));
    return INTERRUPTED;
  } finally {
    await lookout.close();
  }
}
