// What the plan of a TrafficRouting is made from: live routes, and who does not release with it any more.

import { describe, expect, test } from 'vitest';
import type { Rollout } from '../../../src/api/rollout.ts';
import { observeRouting } from '../../../src/gather/traffic-routing.ts';
import { UNTIL_DONE, observerOf, type Seen } from '../support/observer.ts';
import { progressing } from '../workloads/objects.ts';
import { ingress, routing, service, sharing } from './objects.ts';

const user = (name: string, releases: boolean, lane = 'lane'): Rollout =>
  sharing(lane, { name, status: releases ? progressing('InRolling') : { phase: 'Healthy' } });
const look = async (users: string[], seen: Partial<Seen>) => {
  const observer = observerOf({ live: [], known: [], ...seen });
  return { observer, observed: await observeRouting(observer, routing(...users), UNTIL_DONE) };
};

describe('a user is stale', () => {
  test('only when a live look says so: a table that lags does not end its share', async () => {
    const { observed } = await look(['a', 'b'], {
      live: [user('a', true), user('b', true)],
      known: [user('a', false)],
    });
    expect(observed.stale).toEqual([]);
  });

  test('when it is gone, idle, or releases with another', async () => {
    const { observed } = await look(['a', 'b', 'c'], { live: [user('b', false), user('c', true, 'other')] });
    expect(observed.stale).toEqual(['a', 'b', 'c']);
  });

  test('and nobody is asked about one that the table knows to release', async () => {
    const { observer, observed } = await look(['a'], { known: [user('a', true)] });
    expect(observed.stale).toEqual([]);
    expect(observer.reader.asked).not.toContain('get rollouts/shop/a');
  });
});

test('Service and routes are live and whole', async () => {
  const { observed } = await look([], {
    live: [service('web'), ingress('web'), ingress('web-canary')],
    known: [service('web', { app: 'stale' })],
  });
  expect(observed.stableService).toEqual(service('web'));
  expect(observed.routes).toEqual({ ingress: ingress('web'), canaryIngress: ingress('web-canary') });
});
