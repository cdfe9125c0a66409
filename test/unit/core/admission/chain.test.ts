// Several judges of one review.

import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../../src/api/kube.ts';
import { judgeFinally, judgeInTurn } from '../../../../src/core/admission/chain.ts';
import type { Judge } from '../../../../src/core/admission/judge.ts';
import { holdJudge } from '../../../../src/core/admission/judges/hold.ts';
import type { Decision, Review, Snapshot } from '../../../../src/core/admission/types.ts';
import { allow, refuse } from '../../../../src/core/admission/verdicts.ts';
import { deployment, review, rollout, snapshot } from '../../workloads/objects.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const labels = { app: 'web' };
const asked = review(deployment({ labels }), deployment({ labels, image: 'v2' }));
const judgeOf = (judge: Judge['judge'], id = 'one'): Judge => ({ id, webhooks: () => [], judge });
const answering = (decision: Decision): Judge => judgeOf(() => decision);
const ask = (...judges: Judge[]): Decision => judgeInTurn(judges, asked, snapshot(), NOW);

const label = (key: string, value: string): Judge =>
  answering({
    is: 'patch',
    reason: `labels-${key}`,
    operations: [{ op: 'add', path: `/metadata/labels/${key}`, value }],
    warnings: [`labelled ${key}`],
  });
const look: Decision = { is: 'asks', questions: ['look-live'], reason: 'not-sure' };

test('nobody to ask has nothing to decide', () => {
  expect(ask()).toEqual({ is: 'allow', reason: 'nothing-to-decide', warnings: [] });
});

test('each gets the review with user and groups, the snapshot and the time', () => {
  const seen: unknown[] = [];
  const witness = judgeOf((...given) => {
    seen.push(given);
    return allow('seen');
  });
  const known = snapshot();
  judgeInTurn([witness], asked, known, NOW);
  expect(seen).toEqual([[asked, known, NOW]]);
  expect(asked).toMatchObject({ username: 'jane', groups: ['developers'] });
});

describe('the object', () => {
  test('is seen as those before left it, and the one that was sent stays as it was', () => {
    const seen: (KubeObject | undefined)[] = [];
    const witness = judgeOf(({ object }) => {
      seen.push(object);
      return allow('seen');
    });
    const before = structuredClone(asked);
    const decision = ask(label('a', '1'), witness, label('b', '2'), witness);
    expect(seen.map((object) => object?.metadata.labels)).toMatchObject([{ a: '1' }, { a: '1', b: '2' }]);
    expect(seen[0]?.metadata.labels).not.toHaveProperty('b');
    expect(asked).toEqual(before);
    expect(decision).toMatchObject({
      is: 'patch',
      operations: [
        { op: 'add', path: '/metadata/labels/a', value: '1' },
        { op: 'add', path: '/metadata/labels/b', value: '2' },
      ],
    });
  });

  test('is the very one that was sent where nobody changed it', () => {
    const witness = judgeOf((given) => allow(String(given.object === asked.object)));
    expect(ask(answering(allow('fine')), witness)).toMatchObject({ reason: 'fine, true' });
  });

  test('as the hold leaves it is held already for who comes next', () => {
    const known = snapshot({ rollouts: [rollout()], live: true });
    const paused = judgeOf(({ object }) => allow(String((object?.['spec'] as { paused?: boolean }).paused)));
    const decision = judgeInTurn(
      [judgeOf(holdJudge.judge, 'hold'), paused, judgeOf(holdJudge.judge, 'again')],
      asked,
      known,
      NOW,
    );
    expect(decision).toMatchObject({ is: 'patch', reason: 'held' });
    const alone = judgeInTurn([judgeOf(holdJudge.judge, 'hold')], asked, known, NOW);
    expect(decision).toMatchObject({ operations: alone.is === 'patch' ? alone.operations : [] });
  });
});

describe('answers', () => {
  test('warnings add up in order', () => {
    expect(ask(answering(allow('a', 'one')), label('x', '1'), answering(allow('b', 'two', 'three')))).toMatchObject({
      is: 'patch',
      warnings: ['one', 'labelled x', 'two', 'three'],
    });
  });

  test('the first refusal ends it, with the warnings so far and without a patch', () => {
    let calls = 0;
    const counting = judgeOf(() => {
      calls += 1;
      return allow('asked');
    });
    const decision = ask(label('a', '1'), answering(refuse('no-a', 'no')), counting, answering(refuse('late', 'no')));
    expect(decision).toEqual({ ...refuse('no-a', 'no'), warnings: ['labelled a'] });
    expect(calls).toBe(0);
  });

  test.each([
    ['of all where nobody changes anything', [answering(allow('a')), answering(allow('b'))], 'a, b'],
    ['of who changes something', [answering(allow('a')), label('x', '1'), answering(allow('b'))], 'labels-x'],
    ['of all who change something', [label('x', '1'), label('y', '1')], 'labels-x, labels-y'],
  ])('the reason is that %s', (_, judges, reason) => {
    expect(ask(...judges)).toMatchObject({ reason });
  });

  test('one judge alone is answered word for word', () => {
    const decision = refuse('a', 'b');
    expect(ask(answering(decision))).toBe(decision);
  });

  test('what a judge throws is thrown', () => {
    const broken = judgeOf(() => {
      throw new Error('broken');
    });
    expect(() => ask(label('a', '1'), broken)).toThrow('broken');
  });
});

describe('a question', () => {
  const careful = judgeOf((_review: Review, { live }: Snapshot) => (live ? allow('looked') : look));

  test('stops everything until it is answered, then all are asked again', () => {
    expect(ask(label('a', '1'), careful, answering(refuse('later', 'no')))).toEqual(look);
    const answered = judgeFinally([label('a', '1'), careful], asked, snapshot({ live: true }), NOW);
    expect(answered).toMatchObject({ is: 'patch', warnings: ['labelled a'] });
  });

  test('that is asked again passes with a warning, and the others still count', () => {
    const alone = judgeFinally([answering(look)], asked, snapshot({ live: true }), NOW);
    expect(alone).toMatchObject({ is: 'allow', reason: 'live-look-failed', warnings: [expect.any(String)] });
    const judges = [answering(look), answering(refuse('no', 'no'))];
    expect(judgeFinally(judges, asked, snapshot({ live: true }), NOW)).toMatchObject({ is: 'deny', reason: 'no' });
  });
});
