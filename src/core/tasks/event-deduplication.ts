// Each wait and each obstacle is announced by one Event, when it begins. Which one it is, its kind and facts say: texts carry
// counts and times that move.

import type { Failed, Waits } from './outcome.ts';
import type { Announced } from './plan.ts';

export const identityOf = (one: Waits | Failed): string =>
  [one.is === 'waits' ? one.kind : one.reason, ...one.facts].join('\n');

/** `announced`: what the process remembers (`Plan.announces`). After a restart only the texts shown are left. */
export const isAnnounced = (
  one: Waits | Failed,
  announced: Announced | undefined,
  shown: readonly (string | undefined)[],
): boolean => (announced === undefined ? shown.includes(one.text) : announced.identity === identityOf(one));
