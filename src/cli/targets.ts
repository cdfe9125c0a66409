// Which Rollouts a user means, written as in kubectl: `x`, `rollout/x`, `rollouts x`, `rollouts.rollouts.kruise.io/x y`.

import { GROUP, V1ALPHA1, V1BETA1 } from '../api/names.ts';
import { UsageError } from './errors.ts';

const SHORT = ['rollout', 'rollouts'];
const WORDS = new Set(
  SHORT.flatMap((word) => [word, `${word}.${GROUP}`, `${word}.${V1BETA1}.${GROUP}`, `${word}.${V1ALPHA1}.${GROUP}`]),
);

const isRollouts = (word: string): boolean => WORDS.has(word.toLowerCase());

/** Names in the order given, each once; empty = all. */
export function namesOf(args: readonly string[]): string[] {
  const [first = '', ...rest] = args;
  // `rollouts x` is resource and name; a lone `rollouts` means all of them.
  const typed = isRollouts(first) && rest.every((word) => !word.includes('/'));
  return [...new Set((typed ? rest : args).map(nameOf))];
}

function nameOf(word: string): string {
  const [type = '', name, ...more] = word.split('/');
  if (name === undefined) return word;
  if (!isRollouts(type)) {
    throw new UsageError(
      `error: "${word}" is not a Rollout; write rollout/NAME or NAME, where NAME is that of a Rollout`,
    );
  }
  if (name === '' || more.length > 0) throw new UsageError(`error: "${word}" names no Rollout; write rollout/NAME`);
  return name;
}
