// Which wait each status tells of, by pipe and key, so that each wait is told by one Event: the text of a status does not say it,
// because counts and times in it move. Lost on a restart; then the text decides, and a wait whose counts have moved is told again.

import type { Plan } from '../core/tasks/plan.ts';
import type { Performed } from './perform.ts';

export class Tellings {
  readonly #told = new Map<string, string>();

  /** Undefined = not known. */
  of(pipe: string, key: string): string | undefined {
    return this.#told.get(`${pipe}/${key}`);
  }

  /** Somebody else may have told meanwhile. */
  clear(): void {
    this.#told.clear();
  }

  /** There is nothing to tell of. */
  forget(pipe: string, key: string): void {
    this.#told.delete(`${pipe}/${key}`);
  }

  /**
   * Runs the writes of a plan. Whoever is woken by its first write knows already what it tells; when it comes to nothing, nobody
   * knows any more.
   */
  async during(pipe: string, key: string, { tells }: Plan, write: () => Promise<Performed>): Promise<Performed> {
    const at = `${pipe}/${key}`;
    if (tells !== undefined) this.#told.set(at, tells);
    try {
      const performed = await write();
      if (performed.again === true) this.#told.delete(at);
      return performed;
    } catch (error) {
      this.#told.delete(at);
      throw error;
    }
  }
}
