// One Rollout, told from the top: the tree, what it waits for, and what can be typed next.

import type { ReleaseModel } from '../../view/release-model.ts';
import { ago } from '../../view/times.ts';
import { troubleText } from '../../view/troubles.ts';
import { waitText } from '../../view/current-wait.ts';
import { columns } from '../text/columns.ts';
import { commandFor } from './commands.ts';
import { sharedNodes, trafficNodes } from './traffic.ts';
import { drawTree, type Node } from './tree.ts';
import { workloadNodes } from './workload.ts';

const HEADINGS = ['NAME', 'STATUS', 'READY', 'AGE', 'INFO'];

function progressText({ isReleasing, message, progress, steps }: ReleaseModel): string {
  if (!isReleasing) return message;
  const { step = 1, state = 'not begun' } = progress ?? {};
  return `step ${step} of ${steps.length}, ${state}`;
}

const tree = (release: ReleaseModel, wide: boolean): Node => ({
  cells: [
    `Rollout/${release.name}`,
    release.phase ?? 'Unseen',
    '',
    ago(release.created, release.now),
    progressText(release),
  ],
  children: [...workloadNodes(release, wide), ...trafficNodes(release), ...sharedNodes(release)],
});

export function showOne(release: ReleaseModel, program: string, wide: boolean): string {
  const { waits, troubles, next, now } = release;
  const rows: string[][] = [];
  const add = (title: string, ...lines: string[]): void => {
    lines.filter((line) => line !== '').forEach((line, at) => rows.push([at === 0 ? title : '', line]));
  };
  add('Waits for', ...(waits === undefined ? [] : [waitText(waits, now)]));
  add('Trouble', ...troubles.map((trouble) => troubleText(trouble, now)));
  add('Next', ...next.flatMap((one) => [commandFor(one, release, program), `  ${one.does}`]));
  return `${drawTree(HEADINGS, tree(release, wide))}${rows.length === 0 ? '' : '\n'}${columns(rows)}`;
}
