// Any order of events: who acts first, what a user does in between, and where our process dies, are drawn. The bounds hold
// after every write of ours, and everything comes to rest where the strategy says.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { partitionLimit } from '../../../../src/workloads/deployment-bounds.ts';
import { Model, type Before, type Write } from './model.ts';

const PARTITIONS = [0, 1, 2, '10%', '20%', '50%', '80%', '100%'];

type Act = (model: Model) => void;
const USER: Record<string, Act> = {
  v2: (model) => model.release('v2', '20%'),
  v3: (model) => model.release('v3', '50%'),
  broken: (model) => model.release('broken', '60%'),
  unreleased: (model) => model.setImage('v4'),
  back: (model) => model.setImage('v1'),
  more: (model) => (model.strategy = { partition: '80%' }),
  all: (model) => (model.strategy = { partition: '100%' }),
  pause: (model) => (model.strategy = { paused: true }),
  resume: (model) => (model.strategy = { paused: false }),
  up: (model) => model.scale(model.deployment.spec.replicas + 3),
  down: (model) => model.scale(Math.max(1, model.deployment.spec.replicas - 2)),
  half: (model) => model.scale(Math.max(1, Math.floor(model.deployment.spec.replicas / 2))),
};

const ACTORS: Record<string, (model: Model, pick: number) => void> = {
  kcm: (model) => void model.kcm(),
  replicaSet: (model, pick) => void model.replicaSet(model.sets[pick % model.sets.length] as Model['sets'][number]),
  kubelet: (model) => void model.kubelet(),
  plan: (model) => void model.plan(),
  crash: (model) => (model.pending = []),
};

/** What must be true of every write of ours; bounds are those of the decision or of now, whichever is wider. */
function checkWrite(model: Model, { action, bounds }: Write, before: Before): void {
  if (action.target.resource.kind === 'Deployment') return;
  const story = model.history.slice(-10).join(' | ');
  const now = model.bounds;
  const ceiling = Math.max(...[bounds, now].map(({ replicas, surge }) => replicas + Math.max(1, surge)));
  expect(model.total, story).toBeLessThanOrEqual(Math.max(before.total, ceiling));
  expect(model.serving, story).toBeGreaterThanOrEqual(Math.min(before.serving, bounds.minAvailable));
  const { name } = action.target;
  const set = model.sets.find(({ object }) => object.metadata.name === name);
  const size = set?.object.spec.replicas ?? 0;
  const was = before.sizes.get(name) ?? 0;
  const isFresh = model.size(imageNow(model)) === size && model.find(imageNow(model)) === set;
  if (isFresh && size > was && !isPaused(model))
    expect(size, story).toBeLessThanOrEqual(Math.max(was, bounds.limit, now.limit));
}

const sizesIn = (line: string): Map<string, number> =>
  new Map([...line.matchAll(/(\S+)=(\d+)/g)].map(([, image = '', size]) => [image, Number(size)]));

/** ReplicaSets that one of the two sized against what the other had done. */
function fights(history: string[]): string[] {
  const last = new Map<string, { by: string; up: boolean }>();
  const found: string[] = [];
  history.forEach((line, index) => {
    const [by = ''] = line.split(':');
    const before = sizesIn(history[index - 1] ?? line);
    for (const [image, size] of sizesIn(line)) {
      const was = before.get(image) ?? 0;
      if (size === was) continue;
      const previous = last.get(image);
      if (by === 'kcm' && previous?.by === 'us' && previous.up !== size > was) found.push(`${image} in ${line}`);
      last.set(image, { by, up: size > was });
    }
  });
  return found;
}

const imageNow = (model: Model): string =>
  (model.deployment.spec.template.spec.containers[0]?.image ?? '').replace('web:', '');
const isPaused = (model: Model): boolean =>
  (JSON.parse(Object.values(model.deployment.metadata.annotations ?? {})[0] ?? '{}') as { paused?: boolean }).paused ===
  true;

const drawn = fc.record({
  replicas: fc.integer({ min: 1, max: 12 }),
  maxSurge: fc.constantFrom(0, 1, 3, '25%', '100%'),
  maxUnavailable: fc.constantFrom(0, 1, 2, '25%', '100%'),
  acts: fc.array(
    fc.oneof(
      { weight: 1, arbitrary: fc.record({ user: fc.constantFrom(...Object.keys(USER)) }) },
      {
        weight: 6,
        arbitrary: fc.record({ actor: fc.constantFrom(...Object.keys(ACTORS), 'write', 'write'), pick: fc.nat(5) }),
      },
    ),
    { maxLength: 80 },
  ),
  partition: fc.constantFrom(...PARTITIONS),
  image: fc.constantFrom('final', 'v2'),
});

it('keeps to surge, availability and limit in any order of events, and comes to rest at the limit', () => {
  fc.assert(
    fc.property(drawn, ({ replicas, maxSurge, maxUnavailable, acts, partition, image }) => {
      const model = new Model(replicas, { rollingUpdate: { maxSurge, maxUnavailable } });
      for (const act of acts) {
        if ('user' in act) USER[act.user]?.(model);
        else if (act.actor === 'write') {
          const before = model.before();
          const write = model.write();
          if (write !== undefined) checkWrite(model, write, before);
        } else ACTORS[act.actor]?.(model, act.pick);
      }
      model.release(image, partition);
      model.pending = [];
      const from = model.history.length;
      model.rest((write, before) => checkWrite(model, write, before));
      expect(fights(model.history.slice(from)), model.history.slice(from).join(' | ')).toEqual([]);
      const { replicas: size } = model.deployment.spec;
      const fresh = partitionLimit(partition, size);
      expect({ fresh: model.size(image), total: model.total }, model.history.slice(-8).join(' | ')).toEqual({
        fresh,
        total: size,
      });
      expect(model.serving).toBe(size);
    }),
    { numRuns: 300 },
  );
});
