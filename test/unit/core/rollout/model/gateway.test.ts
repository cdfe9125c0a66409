// X10: the release through an HTTPRoute, weights and matches in turn, with deaths of the process, answers that are lost, and a
// user who applies or edits the route at every moment. The invariants judge every write.

import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../../../../src/api/kube.ts';
import { HTTP_ROUTES } from '../../../../../src/api/resources.ts';
import type { RolloutStep } from '../../../../../src/api/rollout.ts';
import { AnswerLost, Killed, SLUICE } from './controller.ts';
import { finalObjects, released } from './ending.ts';
import * as objects from './objects.ts';
import { approveWaiting, atEachMoment, play, type Scenario } from './scenario.ts';
import { WEB, type World } from './world.ts';

const tester = [{ headers: [{ name: 'x-user', value: 'tester' }] }];
const steps: RolloutStep[] = [
  { replicas: '20%', traffic: '20%', pause: {} },
  { replicas: '40%', matches: tester, pause: {} },
  { replicas: '40%', pause: {} },
  { replicas: '80%', traffic: '80%', pause: {} },
];
const parts: objects.RolloutParts = { gateway: true, steps };

const rulesIn = (world: World): JsonObject[] =>
  (world.server.get(HTTP_ROUTES, WEB)?.['spec'] as { rules: JsonObject[] } | undefined)?.rules ?? [];
const write = (world: World, rules: JsonObject[]): void =>
  void world.server.patch('kubectl', HTTP_ROUTES, WEB, { spec: { rules } });
const original = (): JsonObject[] => (objects.httpRoute()['spec'] as { rules: JsonObject[] }).rules;

/** In the second step, by matches, the user changes the template. */
const changingTo = (image: string): Scenario => ({
  parts,
  onQuiet(world) {
    if (!world.isWaitingForApproval || world.status.currentStepIndex !== 2 || world.image() !== 'v2')
      return approveWaiting(world);
    world.setImage(image);
    return true;
  },
});

it('shows each step and then nothing of the release', async () => {
  const shown: unknown[] = [];
  const world = await play({
    parts,
    onQuiet(one) {
      if (one.isWaitingForApproval) {
        const refs = rulesIn(one).map(({ backendRefs }) => backendRefs as JsonObject[]);
        shown.push(refs.slice(1).map((list) => list.map(({ name, weight }) => `${String(name)} ${String(weight)}`)));
      }
      return approveWaiting(one);
    },
  });
  expect(shown).toEqual([
    [['web 80', 'web-canary 20']],
    [['web 3'], ['web-canary 3']],
    [['web 3']],
    [['web 20', 'web-canary 80']],
  ]);
  released('v2')(world);
});

describe.each<[string, Scenario, string]>([
  ['a whole release', { parts }, 'v2'],
  ['a rollback out of the matches', changingTo('v1'), 'v1'],
  ['a newer revision', changingTo('v3'), 'v3'],
])('%s', (_name, scenario, image) => {
  it.each([
    ['X28: killed after every third write', Killed, 3],
    ['the answer to every seventh write lost', AnswerLost, 7],
  ])('%s, goes on to the same end', async (_fault, error, every) => {
    const clean = await play(scenario);
    const wanted = finalObjects(clean);
    const faults = clean.writes.flatMap(({ actor }, index) => (actor === SLUICE ? [index] : []));
    for (const at of faults.filter((_, index) => index % every === 0)) {
      const world = await play({ ...scenario, fault: { at, error } });
      released(image)(world);
      expect(finalObjects(world), `after write ${at}`).toEqual(wanted);
    }
  });

  it('the user applies the route again, at any moment', async () => {
    await atEachMoment(scenario, (world) => write(world, original()), released(image), 4);
  });

  it('the user edits what the route shows, at any moment, and the edit stays', async () => {
    const edit = (rules: JsonObject[]): JsonObject[] =>
      rules.map((rule) => (rule['futureRuleField'] === undefined ? rule : { ...rule, timeouts: { request: '3s' } }));
    const edited = (world: World): void => {
      write(world, edit(rulesIn(world)));
      const theirs = objects.httpRoute();
      world.userRoute = {
        ...theirs,
        spec: { ...(theirs['spec'] as JsonObject), rules: edit(original()) },
      } as KubeObject;
    };
    await atEachMoment(scenario, edited, released(image), 4);
  });
});

it('a route that is deleted at any moment and comes back is split again, and restored', async () => {
  const create = ({ server }: World): void => void server.create('kubectl', HTTP_ROUTES, objects.httpRoute());
  const isGone = ({ server }: World): boolean => server.get(HTTP_ROUTES, WEB) === undefined;
  const goes = (world: World): void => {
    world.invariants.excused = true;
    world.server.delete('kubectl', HTTP_ROUTES, WEB);
    world.later(5, (one) => isGone(one) && create(one));
  };
  const onQuiet = (world: World): boolean => {
    if (!isGone(world)) return approveWaiting(world);
    create(world);
    return true;
  };
  await atEachMoment({ parts, onQuiet }, goes, released('v2'), 5);
});
