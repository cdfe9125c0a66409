// What every pipe has around its plan: what the API server said to the last attempt, and when to look again.

import { describe, expect, test } from 'vitest';
import type { Action } from '../../../src/objects/actions.ts';
import type { Plan } from '../../../src/core/tasks/plan.ts';
import { DEPLOYMENTS, PODS } from '../../../src/api/resources.ts';
import type { Resource } from '../../../src/api/kube.ts';
import type { Observer } from '../../../src/gather/observer.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import type { ApplyOutcome } from '../../../src/pipes/perform.ts';
import type { LastAttempt, Pipe } from '../../../src/pipes/pipe.ts';
import { reconcilerOf } from '../../../src/pipes/run.ts';
import { AnnouncedWaits } from '../../../src/pipes/announced-waits.ts';

const about = { kind: 'Widget', metadata: { name: 'web', namespace: 'shop' } };
const refusal = new KubeError({ status: 422, reason: 'Invalid', message: 'spec.size is too large' });
const busy = new KubeError({ status: 503, reason: 'ServiceUnavailable', message: 'busy' });

const removal = (resource: Resource): Action => ({
  do: 'delete',
  target: { resource, namespace: 'shop', name: 'web' },
  uid: 'u',
  why: 'not needed',
});

/** Runs the same pass once for each answer of the API server; returns what each plan was told. */
async function passes(answers: ApplyOutcome[], pipe: Partial<Pipe> = {}, plan: Partial<Plan> = {}) {
  const told: LastAttempt[] = [];
  const results: unknown[] = [];
  const left = [...answers];
  const subject: Pipe = {
    name: 'widget',
    workers: { setting: 'widget', byDefault: 1 },
    tables: [],
    wakes: [],
    all: () => [],
    rights: [],
    observe: () => Promise.resolve(about),
    plan: (_observed, last) => {
      told.push(last);
      return { actions: [], events: [], why: 'waits', ...plan };
    },
    about: () => about,
    ...pipe,
  };
  const performer = {
    apply: () => Promise.resolve(left.shift() ?? {}),
    event: () => undefined,
    log: () => undefined,
  };
  const { reconcile } = reconcilerOf(subject, {
    observer: {} as Observer,
    performer,
    announcedWaits: new AnnouncedWaits(),
  });
  for (const _ of answers)
    await reconcile('shop/web', AbortSignal.timeout(1_000)).then(
      (result) => results.push(result),
      (error: unknown) => results.push(error),
    );
  return { told, results };
}

describe('one pass of a pipe', () => {
  test('a name that was taken is told once, and counted until an attempt goes through', async () => {
    const taken: ApplyOutcome = { nameTaken: true };
    const { told } = await passes([taken, taken, { failure: busy }, {}, {}]);
    expect(told.map(({ nameTaken, namesTaken }) => [nameTaken, namesTaken])).toEqual([
      [false, 0],
      [true, 1],
      [true, 2],
      [false, 2],
      [false, 0],
    ]);
  });

  test('a refusal that only a person can end is told to each plan until an attempt goes through', async () => {
    const { told, results } = await passes([{ failure: refusal }, { failure: busy }, {}, {}]);
    expect(told.map(({ refused }) => refused)).toEqual(['', refusal.message, refusal.message, '']);
    expect(results.slice(0, 2)).toEqual([refusal, busy]);
  });

  test('nothing is planned or written where there is nothing to do', async () => {
    const { told, results } = await passes([{}], { observe: () => Promise.resolve(undefined) });
    expect(told).toEqual([]);
    expect(results).toEqual([{}]);
  });

  test('what wrote an object that no table has looks again at once', async () => {
    const looksAgain: Pipe['looksAgain'] = ({ actions }) => actions.some(({ target }) => target.resource === PODS);
    const pods = await passes([{}], { looksAgain }, { actions: [removal(PODS)], wakeAt: 42 });
    expect(pods.results).toEqual([{ again: true, wakeAt: 42 }]);
    const others = await passes([{}], { looksAgain }, { actions: [removal(DEPLOYMENTS)], wakeAt: 42 });
    expect(others.results).toEqual([{ wakeAt: 42 }]);
  });
});
