// Which wait each status tells of, by pipe and key, so that each wait is announced by one Event: the text of a status does not say
// it, because counts and times in it move. Lost on a restart; then the text decides, and a wait whose counts have moved is
// announced again.

import type { Plan } from '../core/tasks/plan.ts';
import type { Performed } from './perform.ts';

export class AnnouncedWaits {
  readonly #known = new Map<string, string>();

  /** Undefined = not known. */
  of(pipe: string, key: string): string | undefined {
    return this.#known.get(`${pipe}/${key}`);
  }

  /** Somebody else may have announced others meanwhile. */
  clear(): void {
    this.#known.clear();
  }

  /** There is nothing to tell of. */
  forget(pipe: string, key: string): void {
    this.#known.delete(`${pipe}/${key}`);
  }

  /**
   * Runs the writes of a plan. Whoever is woken by its first write knows already what it tells; when it comes to nothing, nobody
   * knows any more.
   */
  async during(pipe: string, key: string, { announces }: Plan, write: () => Promise<Performed>): Promise<Performed> {
    const at = `${pipe}/${key}`;
    if (announces !== undefined) this.#known.set(at, announces);
    try {
      const performed = await write();
      if (performed.again === true) this.#known.delete(at);
      return performed;
    } catch (error) {
      this.#known.delete(at);
      throw error;
    }
  }
}
