// The table of test/scenarios, played on one cluster: many scenes at a time, each in a namespace of its own. A run of the whole
// table writes docs/conformance.md.

import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { render } from '../scenarios/conformance.ts';
import { Scene } from '../scenarios/scene.ts';
import { Stage, SERVE_FLAGS } from '../scenarios/stage.ts';
import { ROUTES, SUBJECTS, TABLE } from '../scenarios/table.ts';
import { useWorld } from './support/world.ts';

const PLAYED = TABLE.filter(({ unless }) => unless === undefined);
const world = useWorld('scenarios', { flags: SERVE_FLAGS });
const results = new Map<string, boolean>();
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open(world, [...ROUTES, ...SUBJECTS]);
});
afterAll(async () => {
  await stage?.close();
  if (results.size === PLAYED.length)
    writeFileSync(new URL('../../docs/conformance.md', import.meta.url), render(results));
});

describe.concurrent('scenario', () => {
  test.each(PLAYED.map((row) => [row.title, row] as const))('%s', async (_, row) => {
    results.set(row.title, false);
    const scene = await Scene.open(stage, row);
    await scene.play();
    results.set(row.title, true);
    await scene.close();
  });
});
