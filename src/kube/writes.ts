// When this process last changed an object: the most exact beginning of a grace period. Lost in a restart, after which the
// objects' managedFields tell it (decisions, section 4); so forgetting the oldest is harmless too.

import type { Target } from '../objects/actions.ts';

const CAPACITY = 5_000;

export class WriteLog {
  #times: Record<string, number> = empty();
  #size = 0;

  /** `at`: epoch milliseconds of the answer. */
  record(target: Target, at: number): void {
    const key = writeKeyOf(target);
    if (this.#times[key] === undefined) this.#size += 1;
    this.#times[key] = at;
    if (this.#size > CAPACITY) this.#forgetOldest();
  }

  /** Epoch milliseconds of the last write or delete of this object by this process. */
  writtenAt(of: Target): number | undefined {
    return this.#times[writeKeyOf(of)];
  }

  /** All of it, by `resource/namespace/name` (plural, no group); a live view to read from. */
  all(): Readonly<Record<string, number>> {
    return this.#times;
  }

  /** Half at a time, so that the sorting does not come with every write. */
  #forgetOldest(): void {
    const kept = Object.entries(this.#times).sort(([, a], [, b]) => b - a);
    this.#times = Object.assign(empty(), Object.fromEntries(kept.slice(0, CAPACITY / 2)));
    this.#size = CAPACITY / 2;
  }
}

/** Without a prototype, because names of users are keys. */
const empty = (): Record<string, number> => Object.create(null) as Record<string, number>;

const writeKeyOf = ({ resource, namespace, name }: Target): string => `${resource.plural}/${namespace}/${name}`;
