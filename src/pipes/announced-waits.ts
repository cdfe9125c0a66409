// Which wait each text of a status tells of, by pipe and key, so that each wait is announced by one Event: the text does not say it,
// because counts and times in it move. Whoever looks names the text that the status really shows, which may be older than the
// last plan. Lost on a restart; then the text decides, and a wait whose counts have moved is announced again.

import type { Announced, Plan } from '../core/tasks/plan.ts';

/** The one that is being written, and those of before, which others may still see. */
const KEPT = 3;

export class AnnouncedWaits {
  readonly #known = new Map<string, readonly Announced[]>();

  /** Undefined = not known. */
  of(pipe: string, key: string, text: string | undefined): Announced | undefined {
    return this.#known.get(`${pipe}/${key}`)?.find((one) => one.text === text);
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
   * Before the writes of a plan, because whoever is woken by the first of them must know what it tells. A text that never got out
   * is seen by nobody.
   */
  note(pipe: string, key: string, { announces }: Plan): void {
    if (announces === undefined) return;
    const at = `${pipe}/${key}`;
    const others = (this.#known.get(at) ?? []).filter(({ text }) => text !== announces.text);
    this.#known.set(at, [announces, ...others].slice(0, KEPT));
  }
}
