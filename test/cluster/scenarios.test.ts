// The table of test/scenarios, played on one cluster: many scenes at a time, each in a namespace of its own. A run of the whole
// table writes docs/conformance.md.

import { afterAll, beforeAll, describe, test } from 'vitest';
import { Scene } from '../scenarios/scene.ts';
import { Stage, SERVE_FLAGS } from '../scenarios/stage.ts';
import { ROUTES, SUBJECTS, TABLE } from '../scenarios/table.ts';
import { useWorld } from './support/world.ts';

const world = useWorld('scenarios', { flags: SERVE_FLAGS });
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open(world, SUBJECTS, ROUTES);
});
afterAll(() => stage?.close());
afterAll(async () => (await import('node:fs')).writeFileSync('/tmp/w/scenes-sluice.log', world.sluice.log));

describe.concurrent('scenario', () => {
  test.each(TABLE.filter(({ unless }) => unless === undefined).map((row) => [row.title, row] as const))(
    '%s',
    async (_, row) => {
      const scene = await Scene.open(stage, row);
      try {
        await scene.play();
      } finally {
        await scene.close();
      }
    },
  );
});
