// What a client that watches the Rollout has been told of a release: step and state, each time that one of them changed.

import type { RolloutStatus } from '../../src/api/rollout.ts';

export class Told {
  readonly #states: string[] = [];

  look({ phase = '', currentStepIndex, currentStepState }: RolloutStatus): void {
    const state = `${phase} ${currentStepIndex ?? ''} ${currentStepState ?? ''}`;
    if (state !== this.#states.at(-1)) this.#states.push(state);
  }

  /** What is missing of these states, in this order; others may be between them. */
  lacks(wanted: readonly string[]): string[] {
    let at = 0;
    for (const state of this.#states) if (state === wanted[at]) at += 1;
    return at === wanted.length
      ? []
      : [`a watch never showed ${wanted[at] ?? ''} in its place: ${this.#states.join(', ')}`];
  }
}
