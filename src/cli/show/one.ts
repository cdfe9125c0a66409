// One Rollout, told from the top: the tree, what it waits for, and what can be typed next.

import type { Rollout } from '../../api/rollout.ts';
import { subStatus } from '../../api/rollout-view.ts';
import { age } from '../text/age.ts';
import { columns } from '../text/columns.ts';
import type { Look } from './look.ts';
import { nextSteps } from './next.ts';
import { sharedNode } from './shared.ts';
import { trafficNode } from './traffic.ts';
import { drawTree, type Node } from './tree.ts';
import { absence, isReleasing, stepText, troubles, unenrolled, waiting } from './waiting.ts';
import { workloadNodes } from './workload.ts';

const HEADINGS = ['NAME', 'STATUS', 'READY', 'AGE', 'INFO'];

function progressText(rollout: Rollout): string {
  if (!isReleasing(rollout)) return rollout.status?.message ?? '';
  return `${stepText(rollout)}, ${subStatus(rollout)?.currentStepState ?? 'not begun'}`;
}

function tree(look: Look, wide: boolean): Node {
  const { rollout, workload, now } = look;
  const { name, creationTimestamp } = rollout.metadata;
  const phase = rollout.status?.phase ?? 'Unseen';
  return {
    cells: [`Rollout/${name}`, phase, '', age(creationTimestamp, now), progressText(rollout)],
    children: [
      ...(workload === undefined ? [] : workloadNodes(workload, now, wide)),
      ...trafficNode(look),
      ...sharedNode(look.shared, now),
    ],
  };
}

export function showOne(look: Look, program: string, wide: boolean): string {
  const rows: string[][] = [];
  const add = (title: string, ...lines: string[]): void => {
    lines.filter((line) => line !== '').forEach((line, at) => rows.push([at === 0 ? title : '', line]));
  };
  add('Waits for', waiting(look));
  add('Trouble', ...troubles(look.rollout), unenrolled(look), absence(look.lease, look.now));
  add('Next', ...nextSteps(look, program).flatMap(({ command, does }) => [command, `  ${does}`]));
  return `${drawTree(HEADINGS, tree(look, wide))}${rows.length === 0 ? '' : '\n'}${columns(rows)}`;
}
