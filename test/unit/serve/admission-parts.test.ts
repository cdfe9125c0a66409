// A Rollout and a new image that arrive together while the API server is too slow to be asked.

import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { judgeInTurn } from '../../../src/core/admission/chain.ts';
import type { Decision, Review, Snapshot } from '../../../src/core/admission/types.ts';
import type { Reader } from '../../../src/kube/port.ts';
import { Store } from '../../../src/kube/store.ts';
import type { Table } from '../../../src/kube/table.ts';
import { PIPES, tablesOf } from '../../../src/pipes/index.ts';
import { defineTables } from '../../../src/tables/tables.ts';
import { admissionParts } from '../../../src/serve/admission-parts.ts';
import { RecentRollouts } from '../../../src/serve/recent-rollouts.ts';
import { PATH } from '../../../src/api/names.ts';
import type { AdmissionParts } from '../../../src/server/server-needs.ts';
import { BUILT_IN } from '../../../src/workloads/index.ts';
import { deployment, review, rollout } from '../workloads/objects.ts';

const SETTINGS = { partitionPercentLimit: 50, filterWorkloadType: true };
const update = review(deployment(), deployment({ image: 'v2' }));
const creation = (parts: Partial<Review> = {}): Review => ({
  ...update,
  operation: 'CREATE',
  group: 'rollouts.kruise.io',
  version: 'v1beta1',
  resource: 'rollouts',
  kind: 'Rollout',
  object: rollout() as unknown as KubeObject,
  oldObject: undefined,
  ...parts,
});

interface World {
  own: AdmissionParts;
  table: Table;
}

function world(): World {
  const store = new Store();
  const fail = (error: unknown): never => {
    throw error;
  };
  const tables = defineTables(store, BUILT_IN, fail, tablesOf(PIPES));
  const own = admissionParts({
    reader: {} as Reader,
    store,
    tables,
    kinds: BUILT_IN,
    identity: 'sluice',
    settings: SETTINGS,
  });
  return { own, table: tables.rollouts };
}
const parts = (): AdmissionParts => world().own;

/** As the server does it, at one path. */
function judgeAt(own: AdmissionParts, path: string, asked: Review, seen: (known: Snapshot) => Snapshot): Decision {
  const judges = own.doors.find((door) => door.path === path)?.judgesOf(asked) ?? [];
  const decision = judgeInTurn(judges, asked, seen(own.snapshot(asked, judges)), 0);
  if (decision.is !== 'asks') own.judged(asked, decision);
  return decision;
}
const decide = (own: AdmissionParts, asked: Review): Decision =>
  judgeAt(own, PATH.mutateOther, asked, (known) => known);
const validateRollout = (own: AdmissionParts, asked: Review): Decision =>
  judgeAt(own, PATH.validateRollout, asked, (known) => known);

/** When the live look fails. */
const judge = (own: AdmissionParts, asked: Review): Decision =>
  judgeAt(own, PATH.mutateOther, asked, (known) => ({
    ...own.recall(asked, known),
    live: false,
    liveError: 'no answer within 500 ms',
  }));

test('HZ-07 what was let pass a moment ago governs, where the API server cannot be asked in time', () => {
  const own = parts();
  expect(judge(own, update), 'nobody knows of a Rollout').toMatchObject({ is: 'allow', reason: 'live-look-failed' });
  expect(validateRollout(own, creation())).toMatchObject({ is: 'allow' });
  expect(judge(own, update)).toMatchObject({ is: 'patch', reason: 'held' });
  expect(judge(own, { ...update, namespace: 'other' }), 'of another namespace').toMatchObject({ is: 'allow' });
  expect(decide(own, update), 'the API server is asked all the same').toMatchObject({
    is: 'asks',
  });
});

test.each([
  ['a dry run', { dryRun: true }],
  ['a refused Rollout', { object: { ...rollout(), spec: { strategy: {} } } as unknown as KubeObject }],
])('%s is not remembered', (_, change) => {
  const own = parts();
  validateRollout(own, creation(change));
  expect(judge(own, update)).toMatchObject({ is: 'allow' });
});

/** The shop's Rollout at a generation. */
const at = (generation: number, change: Parameters<typeof rollout>[0] = {}, uid = 'r-shop'): KubeObject => {
  const made = rollout(change) as unknown as KubeObject;
  return { ...made, metadata: { ...made.metadata, uid, generation, resourceVersion: String(20 + generation) } };
};

test.each([
  ['enabled', at(1, { disabled: true }), at(2), 'held'],
  ['pointed at the workload', at(1, { target: 'other' }), at(2), 'held'],
  ['pointed elsewhere', at(1), at(2, { target: 'other' }), 'live-look-failed'],
  ['made anew under its name', at(5, { disabled: true }), at(1, {}, 'r-again'), 'held'],
  ['made before what the cache knows of it', at(3, { disabled: true }), at(2), 'live-look-failed'],
  ['made before the cache saw it point elsewhere', at(3, { target: 'other' }), at(2), 'live-look-failed'],
])('of a Rollout that was just %s, the later of cache and memory counts', (_, cached, noted, reason) => {
  const { own, table } = world();
  table.put(cached);
  expect(validateRollout(own, creation({ object: noted }))).toMatchObject({ is: 'allow' });
  expect(judge(own, update)).toMatchObject({ reason });
});

test('a Rollout that was seen to be gone is forgotten, and one made anew under its name is not', () => {
  const { own, table } = world();
  table.put(at(1));
  validateRollout(own, creation({ object: at(1) }));
  table.removeUid('shop', 'shop', 'r-shop');
  expect(judge(own, update)).toMatchObject({ reason: 'live-look-failed' });
  table.put(at(1, {}, 'r-later'));
  validateRollout(own, creation({ object: at(1, {}, 'r-again') }));
  table.removeUid('shop', 'shop', 'r-later');
  expect(judge(own, update)).toMatchObject({ reason: 'held' });
});

test('it is remembered for a minute and a half, as it was let pass last, and not without end', () => {
  let now = 0;
  const recent = new RecentRollouts(() => now);
  const names = (): string[] => recent.in('shop').map(({ metadata }) => metadata.name);
  recent.note(rollout({ name: 'first' }));
  recent.note(rollout({ name: 'second' }));
  now = 60_000;
  recent.note(rollout({ name: 'first', style: 'partition' }));
  expect(names()).toEqual(['second', 'first']);
  expect(recent.in('shop')[1]).toEqual(rollout({ name: 'first', style: 'partition' }));
  now = 90_001;
  expect(names(), 'the older one is forgotten').toEqual(['first']);
  for (let index = 0; index < 1_100; index += 1) recent.note(rollout({ name: `more-${index}` }));
  expect(recent.in('other')).toEqual([]);
  expect(names()).toHaveLength(1_000);
  expect(names().at(-1)).toBe('more-1099');
  expect(recent.isIncomplete).toBe(true);
  now += 90_001;
  expect(recent.isIncomplete).toBe(false);
});
