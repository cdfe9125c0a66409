// How a release stands in one line, as `kubectl rollout status` has it.

import type { Ending } from '../../view/ending.ts';

export function endingText({ is, why }: Ending, name: string): string {
  if (is === 'waits') return `Waiting for rollout "${name}" to finish: ${why}`;
  return `rollout "${name}" ${is === 'done' ? 'successfully rolled out' : why}`;
}
