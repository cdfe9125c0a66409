// Where a release tells what it took away last: the task in `ending`, the time in `changedAt`.

import { FINALISING_STEP, type FinalisingStep } from '../../api/names.ts';
import type { Progress } from '../../api/progress.ts';
import { notBefore } from '../../objects/status.ts';
import type { TrafficRemoval } from '../traffic/traffic-removal.ts';

/** END of the last release stands for its last task. */
export function lastRemoval({ ending, changedAt }: Readonly<Progress>): TrafficRemoval | undefined {
  const at = notBefore(changedAt);
  if (ending === undefined || at === undefined) return undefined;
  const by = ending === FINALISING_STEP.end ? FINALISING_STEP.removeCanaryService : (ending as FinalisingStep);
  return { by, at };
}
