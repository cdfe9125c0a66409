// Tables that miss the latest change of others: what live reads are for. Whatever happens and whenever, the invariants hold and
// the end is the same as with tables that know everything.

import { describe, expect, it } from 'vitest';
import { ROLLOUTS } from '../../../../../src/api/resources.ts';
import { expectNoRemains, finalObjects, released } from './ending.ts';
import type { RolloutParts } from './objects.ts';
import { atEachMoment, play, type Scenario } from './scenario.ts';
import { WEB, type World } from './world.ts';

const lagging: Scenario = { tablesLag: true };
const HEADERS = { matches: [{ headers: [{ name: 'User-Agent', type: 'Exact', value: 'foo' }] }] };

describe('tables that lag', () => {
  it.each<[string, RolloutParts]>([
    ['new pods beside the stable ones', {}],
    ['pods replaced in place', { kind: 'StatefulSet' }],
    ['a route that is shared', { shared: HEADERS }],
    ['an HTTPRoute', { gateway: true }],
  ])('a release ends as it does with tables that know everything: %s', async (_name, parts) => {
    const slow = await play({ parts, ...lagging });
    released('v2')(slow);
    expect(finalObjects(slow)).toEqual(finalObjects(await play({ parts })));
  });

  it.each(['v1', 'v3'])('the workload changes to %s at any moment', async (image) => {
    await atEachMoment(lagging, (world) => world.setImage(image), released(image), 6);
  });

  it('the Rollout is deleted at any moment', async () => {
    const does = (world: World): void => void world.server.delete('kubectl', ROLLOUTS, WEB);
    await atEachMoment(lagging, does, expectNoRemains, 6);
  });
});
