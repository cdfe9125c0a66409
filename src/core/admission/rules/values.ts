// Values that mean nothing: a negative pause, a threshold above all pods, a pattern that no router can read. They bind writers alone:
// what is stored with them has worked so far.

import { countOf, parseIntOrPercent } from '../../../lib/int-or-percent.ts';
import { everyStep } from './steps.ts';
import { field, isObject, partOf, type RolloutRule } from './violation.ts';

export const pauseDuration = everyStep('pause-duration', (step, _index, { stored }) => {
  const value = field(field(step, 'pause'), 'duration');
  const isRight = value === undefined || value === null || (Number.isInteger(value) && (value as number) >= 0);
  if (isRight || stored === true) return undefined;
  return {
    at: '.pause.duration',
    value,
    message: 'a pause must last 0 or more whole seconds',
    remedy: 'leave duration out to wait for an approval, or use 0 to go on at once',
  };
});

export const failureThreshold: RolloutRule = ({ rollout, paths, stored }) => {
  const value = partOf(rollout, 'failureThreshold');
  if (value === undefined || value === null || stored === true) return [];
  const size = parseIntOrPercent(countOf(value) ?? value);
  if (size.is !== 'error' && size.value >= 0 && (size.is === 'count' || size.value <= 100)) return [];
  const message = 'the new pods that may be unready must be 0 or more, or a percentage from 0% to 100%';
  return [
    {
      rule: 'failure-threshold',
      field: `${paths.strategy}.failureThreshold`,
      value,
      message,
      remedy: 'leave it out to wait for every pod',
    },
  ];
};

/** Everything after `\\Q` stands for itself, up to `\\E` or the end. */
function endOfQuote(pattern: string, from: number): number {
  const end = pattern.indexOf(String.raw`\E`, from);
  return end < 0 ? pattern.length : end + 1;
}

/** Index of the sign that ends the set which begins at `from`; -1 = none does. */
function endOfSet(pattern: string, from: number): number {
  // The first sign of a set, also of a negated one, stands for itself.
  const first = pattern[from + 1] === '^' ? from + 2 : from + 1;
  for (let at = first; at < pattern.length; at += 1) {
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === ']' && at > first) return at;
  }
  return -1;
}

/** What no engine of regular expressions reads, whichever the router has; undefined = it may be one. */
export function patternProblem(pattern: string): string | undefined {
  let groups = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const sign = pattern[at];
    if (sign === '\\') {
      if (at === pattern.length - 1) return 'it ends in a backslash';
      at = pattern[at + 1] === 'Q' ? endOfQuote(pattern, at) : at + 1;
    } else if (sign === '[') {
      at = endOfSet(pattern, at);
      if (at < 0) return 'a set "[" is not closed';
    } else if (sign === '(') groups += 1;
    else if (sign === ')') groups -= 1;
    if (groups < 0) return 'a bracket is closed that was not opened';
  }
  return groups > 0 ? 'a group "(" is not closed' : undefined;
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

interface Pattern {
  at: string;
  value: string;
}

const patternsOf = (step: unknown): Pattern[] =>
  list(field(step, 'matches')).flatMap((match, index) =>
    ['headers', 'queryParams'].flatMap((part) =>
      list(field(match, part)).flatMap((one, place): Pattern[] => {
        const value = field(one, 'value');
        const isPattern = isObject(one) && one['type'] === 'RegularExpression' && typeof value === 'string';
        return isPattern ? [{ at: `.matches[${index}].${part}[${place}].value`, value }] : [];
      }),
    ),
  );

export const matchPattern = everyStep('match-pattern', (step, _index, { stored }) => {
  if (stored === true) return undefined;
  for (const { at, value } of patternsOf(step)) {
    const problem = patternProblem(value);
    if (problem === undefined) continue;
    return { at, value, message: `this is no regular expression: ${problem}`, remedy: 'close it, or use type Exact' };
  }
  return undefined;
});
