// What is taken away (a pin, a route, a Service) leaves no trace on any object: managedFields forget it. The status tells it,
// written just before: finalisingStep names the task, lastUpdateTime the time.

import { FINALISING_STEP } from '../../api/names.ts';
import type { CanaryStatus } from '../../api/rollout.ts';
import { notBefore } from '../../objects/status.ts';

export interface TakenAway {
  by: string;
  /** Epoch ms; the write came up to WRITING_MS later. */
  at: number;
}

export const WRITING_MS = 1000;

/** END of the last release stands for its last task. */
export function takenAway({ finalisingStep: step, lastUpdateTime }: CanaryStatus): TakenAway | undefined {
  const at = notBefore(lastUpdateTime);
  if (step === undefined || at === undefined) return undefined;
  return { by: step === FINALISING_STEP.end ? FINALISING_STEP.removeCanaryService : step, at };
}
