// When "no Rollout" counts without a look at the API server.

import { expect, test } from 'vitest';
import { absenceFrom, type Sight } from '../../../../src/core/admission/absence.ts';

const CLEAR: Sight = {
  watched: true,
  silentMs: 20_000,
  sinceListedMs: 90_000,
  sinceReplicasMs: undefined,
  sinceStrangerMs: undefined,
  sinceStallMs: undefined,
  unseen: false,
};

test.each<[string, Partial<Sight>, string]>([
  ['a watch that is heard, and nothing on its way', {}, 'known'],
  ['a stream that is broken', { watched: false }, 'not-watched'],
  ['Rollouts that were never listed', { sinceListedMs: undefined }, 'not-watched'],
  ['a stream that was heard just often enough', { silentMs: 30_000 }, 'known'],
  ['a stream that has been silent for longer than it ever is', { silentMs: 30_001 }, 'watch-silent'],
  ['a process that has just begun', { sinceListedMs: 89_999 }, 'started-lately'],
  ['other replicas', { sinceReplicasMs: 0 }, 'other-replicas'],
  ['other replicas, whose Rollouts may still be stored', { sinceReplicasMs: 89_999 }, 'other-replicas'],
  ['other replicas, long ago', { sinceReplicasMs: 90_000 }, 'known'],
  ['a Rollout that was not let pass here', { sinceStrangerMs: 29_999 }, 'rollout-from-elsewhere'],
  ['such a Rollout, long ago', { sinceStrangerMs: 30_000 }, 'known'],
  ['a process that was held up', { sinceStallMs: 0 }, 'stalled-lately'],
  [
    'a process that was held up, and what was let pass meanwhile may still be stored',
    { sinceStallMs: 89_999 },
    'stalled-lately',
  ],
  ['a process that was held up, long ago', { sinceStallMs: 90_000 }, 'known'],
  ['a Rollout that was let pass, and is not in the table', { unseen: true }, 'rollout-not-seen-yet'],
])('%s', (_, change, absence) => {
  expect(absenceFrom({ ...CLEAR, ...change })).toBe(absence);
});
