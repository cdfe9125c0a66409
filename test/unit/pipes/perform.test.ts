import { describe, expect, test } from 'vitest';
import type { Plan } from '../../../src/core/tasks/plan.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import { perform, Refusals, type ApplyOutcome, type Performer } from '../../../src/pipes/perform.ts';

const about = { kind: 'Rollout', metadata: { name: 'web', namespace: 'shop' } };
const signal = new AbortController().signal;

function performer(applied: ApplyOutcome) {
  const events: string[] = [];
  const fake: Performer = {
    apply: () => Promise.resolve(applied),
    event: (_about, type, reason, message) => events.push(`${type} ${reason} ${message}`),
    log: () => undefined,
  };
  return { fake, events };
}
const plan = (extra: Partial<Plan> = {}): Plan => ({ actions: [], events: [], why: 'waiting for pods', ...extra });

describe('the outcome of a plan', () => {
  test('X31: not ready yet is no failure: the key sleeps until an event or its deadline, without back-off', async () => {
    const { fake } = performer({});
    await expect(perform(fake, about, plan(), signal)).resolves.toEqual({ nameTaken: false });
    await expect(perform(fake, about, plan({ wakeAt: 42 }), signal)).resolves.toEqual({ nameTaken: false, wakeAt: 42 });
  });

  test.each([
    ['X37: a conflict', 409, 'Conflict'],
    ['what went away meanwhile', 404, 'NotFound'],
  ])('%s means observe again at once, and tells nobody', async (_name, status, reason) => {
    const failure = new KubeError({ status, reason, message: 'changed' });
    const { fake, events } = performer({ failure });
    await expect(perform(fake, about, plan(), signal)).resolves.toMatchObject({ again: true });
    expect(events).toEqual([]);
  });

  test('a write that the API server refuses is an Event with its words, and is retried with back-off', async () => {
    const failure = new KubeError({ status: 403, reason: 'Forbidden', message: 'exceeded quota: pods' });
    const { fake, events } = performer({ failure });
    await expect(perform(fake, about, plan(), signal)).rejects.toBe(failure);
    expect(events.join()).toContain('exceeded quota: pods');
  });

  test('a name that belongs to somebody else is looked at again at once', async () => {
    const { fake } = performer({ nameTaken: true });
    await expect(perform(fake, about, plan(), signal)).resolves.toEqual({ nameTaken: true, again: true });
  });
});

describe('refusals of the API server', () => {
  const refusal = new KubeError({ status: 422, reason: 'Invalid', message: 'selector does not match labels' });

  test('one that only a person can end is remembered for the next plan, and forgotten with the next success', async () => {
    const refusals = new Refusals();
    await expect(refusals.watch('shop/web', () => Promise.reject(refusal))).rejects.toBe(refusal);
    expect(refusals.of('shop/web')).toContain('selector does not match labels');
    expect(refusals.of('shop/other')).toBe('');
    await refusals.watch('shop/web', () => Promise.resolve());
    expect(refusals.of('shop/web')).toBe('');
  });

  test('a passing failure is nothing to tell of', async () => {
    const refusals = new Refusals();
    const busy = new KubeError({ status: 503, reason: 'ServiceUnavailable', message: 'busy' });
    await expect(refusals.watch('shop/web', () => Promise.reject(busy))).rejects.toBe(busy);
    expect(refusals.of('shop/web')).toBe('');
  });
});
