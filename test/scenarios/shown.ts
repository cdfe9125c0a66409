// Which states a watch must show of one step, in order; docs/glossary.md promises them to clients. They follow from what the step
// asks for and from whether requests are steered, and from no style: each kind shows the same.

import { PHASE, STEP } from '../../src/api/names.ts';
import type { Step } from './scenario.ts';
import { passing, type Wanted } from './told.ts';

export interface Entered {
  /** Of the first step of a release: it begins by telling that it does. */
  isBegin: boolean;
  /** Requests are steered in this release. */
  isRouted: boolean;
  /** Pods that the step needs are there already. */
  hasPods: boolean;
}

/** From where it is entered until it waits for approval; one of all pods waits for nobody. */
export function shownIn(index: number, { pods, requests }: Step, { isBegin, isRouted, hasPods }: Entered): Wanted[] {
  const state = (name: string): string => `${PHASE.progressing} ${index} ${name}`;
  // Requests are given back before the pods of the step come, and everybody gets the time to notice.
  const givesBack = isRouted && requests === undefined;
  const upgrade = state(STEP.stepUpgrade);
  return [
    isBegin || givesBack ? state(STEP.beforeStepUpgrade) : passing(state(STEP.beforeStepUpgrade)),
    hasPods ? passing(upgrade) : upgrade,
    ...(isRouted && requests !== undefined ? [state(STEP.stepTrafficRouting)] : []),
    state(pods === 100 ? STEP.completed : STEP.stepPaused),
  ];
}
