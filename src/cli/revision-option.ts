// Reads the revision that a person names to history and undo.

import { InvalidArgumentError } from 'commander';

/** A parser of commander's; 0 = none named. */
export const revisionOption =
  (remedy: string) =>
  (text: string): number => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError(remedy);
    return number;
  };
