// Which wait each text of a status tells of, by pipe and key, so that each wait is announced by one Event: the text does not say it,
// because counts and times in it move. Whoever looks names the text that the status really shows, which may be older than the
// last plan. Lost on a restart; then the text decides, and a wait whose counts have moved is announced again.

import type { Plan } from '../core/tasks/plan.ts';
import type { Performed } from './perform.ts';

type Announced = NonNullable<Plan['announces']>;

/** The text of before, which others may still see, and the one that is being written. */
const KEPT = 2;

export class AnnouncedWaits {
  readonly #known = new Map<string, readonly Announced[]>();

  /** Undefined = not known. */
  of(pipe: string, key: string, text: string | undefined): string | undefined {
    return this.#known.get(`${pipe}/${key}`)?.find((one) => one.text === text)?.identity;
  }

  /** Somebody else may have announced others meanwhile. */
  clear(): void {
    this.#known.clear();
  }

  /** There is nothing to tell of. */
  forget(pipe: string, key: string): void {
    this.#known.delete(`${pipe}/${key}`);
  }

  /** Runs the writes of a plan. Whoever is woken by its first write knows already what it tells; unless it comes to nothing. */
  async during(pipe: string, key: string, { announces }: Plan, write: () => Promise<Performed>): Promise<Performed> {
    if (announces === undefined) return write();
    const at = `${pipe}/${key}`;
    const before = this.#known.get(at) ?? [];
    const others = before.filter(({ text }) => text !== announces.text);
    this.#known.set(at, [announces, ...others].slice(0, KEPT));
    try {
      const performed = await write();
      if (performed.again === true) this.#known.set(at, before);
      return performed;
    } catch (error) {
      this.#known.set(at, before);
      throw error;
    }
  }
}
