// Questions of plans, answered live.

import { describe, expect, test } from 'vitest';
import { PODS, SERVICES } from '../../../src/api/resources.ts';
import { nothingToDo, type Plan } from '../../../src/core/tasks/plan.ts';
import { answerTo, list, type Answers } from '../../../src/core/tasks/questions.ts';
import { planned } from '../../../src/gather/answers.ts';
import { UNTIL_DONE, observerOf } from '../support/observer.ts';
import { pod } from './objects.ts';

const POD = list(PODS, 'shop', { matchLabels: { app: 'db' } });
const SERVICE = list(SERVICES, 'shop');
const seen = {
  live: [pod('db-0', { app: 'db' }), pod('other-0', { app: 'other' }), pod('db-0', { app: 'db' }, 'elsewhere')],
  known: [pod('db-1', { app: 'db' })],
};

const asking = (...rounds: Parameters<typeof answerTo>[1][]): ((answers: Answers) => Plan) => {
  return (answers) => ({
    ...nothingToDo(`${answers.size} answers`),
    asks: rounds.filter((question) => answerTo(answers, question) === undefined).slice(0, 1),
  });
};

describe('a plan that asks', () => {
  test('is made again with what the API server has, not with what the tables have', async () => {
    let found: unknown;
    const { reader } = observerOf(seen);
    await planned(reader, UNTIL_DONE, (answers) => {
      found = answerTo(answers, POD);
      return asking(POD)(answers);
    });
    expect(found).toEqual([pod('db-0', { app: 'db' })]);
  });

  test('may ask again for something else, and keeps the answers that it has', async () => {
    const { reader } = observerOf(seen);
    expect((await planned(reader, UNTIL_DONE, asking(POD, SERVICE))).why).toBe('2 answers');
    expect(reader.asked).toHaveLength(2);
  });

  test('and asks without end is an error, not a loop', async () => {
    const endless = (answers: Answers): Plan => ({
      ...nothingToDo(''),
      asks: [list(PODS, `namespace-${answers.size}`)],
    });
    await expect(planned(observerOf(seen).reader, UNTIL_DONE, endless)).rejects.toThrow(/still asks after 8 rounds/);
  });

  test('and asks for nothing looks at nothing', async () => {
    const { reader } = observerOf(seen);
    await planned(reader, UNTIL_DONE, () => nothingToDo('done'));
    expect(reader.asked).toEqual([]);
  });
});
