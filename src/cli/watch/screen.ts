// Where something that changes is shown: a terminal is drawn over, everything else gets what is new below the old.

import type { Environment, Terminal } from '../environment.ts';

const UP = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}F`);
const CLEAR_BELOW = '\u001b[J';

export class Screen {
  readonly #environment: Pick<Environment, 'io' | 'terminal'>;
  /** Lines of the last drawing. */
  #drawn = 0;
  #last = '';

  constructor(environment: Pick<Environment, 'io' | 'terminal'>) {
    this.#environment = environment;
  }

  /** `identity`: the text without what only time changes; nothing is shown again while it stays the same. */
  show(text: string, identity = text): void {
    const { io, terminal } = this.#environment;
    const size = terminal();
    if (size === undefined) {
      if (identity !== this.#last) io.out(this.#last === '' ? text : `\n${text}`);
    } else {
      const lines = fitted(text, size);
      io.out(`${UP(this.#drawn)}${CLEAR_BELOW}${lines.map((line) => `${line}\n`).join('')}`);
      this.#drawn = lines.length;
    }
    this.#last = identity;
  }
}

/** What is cut off is counted; a line that wraps would spoil the count of lines to go up. */
function fitted(text: string, { rows, columns }: Terminal): string[] {
  const lines = text.replace(/\n$/, '').split('\n');
  const room = Math.max(2, rows - 1);
  const shown = lines.length <= room ? lines : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines`];
  return shown.map((line) => {
    const letters = Array.from(line);
    return letters.length <= columns ? line : `${letters.slice(0, columns - 1).join('')}…`;
  });
}
