// What was seen deleted, so that older news which arrives later does not bring it back.

import { compareVersions } from './versions.ts';

interface Tombstone {
  /** News up to this version is old. */
  version: string;
  /** Set when the deletion is known by its answer alone, which has no version: nothing of this uid is news any more. */
  uid: string | undefined;
}

/** Remembered a table; old news is seconds late at most, so this is ample. */
const CAPACITY = 1_000;

export class Tombstones {
  readonly #stones = new Map<string, Tombstone>();

  add(key: string, version: string, uid: string | undefined): void {
    const present = this.#stones.get(key);
    const newest = present !== undefined && compareVersions(present.version, version) > 0 ? present.version : version;
    this.#stones.delete(key);
    this.#stones.set(key, { version: newest, uid: uid ?? present?.uid });
    if (this.#stones.size <= CAPACITY) return;
    const oldest = this.#stones.keys().next();
    if (!oldest.done) this.#stones.delete(oldest.value);
  }

  /** An object of this key, uid and version was deleted since. */
  covers(key: string, version: string, uid: string | undefined): boolean {
    const stone = this.#stones.get(key);
    if (stone === undefined) return false;
    return (stone.uid !== undefined && stone.uid === uid) || compareVersions(version, stone.version) <= 0;
  }

  delete(key: string): void {
    this.#stones.delete(key);
  }

  clear(): void {
    this.#stones.clear();
  }
}
