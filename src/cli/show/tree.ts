// A tree of rows as text: the first cell carries the branches, all other cells are columns.

import { columns } from '../text/columns.ts';

export interface Node {
  /** Name and further cells. */
  cells: readonly string[];
  children?: readonly Node[];
}

export const drawTree = (headings: readonly string[], root: Node): string =>
  columns([headings, ...rowsOf(root, '', '')]);

/** `own` stands in front of this row, `below` in front of the rows under it. */
function rowsOf({ cells, children = [] }: Node, own: string, below: string): string[][] {
  const [name = '', ...rest] = cells;
  return [
    [own + name, ...rest],
    ...children.flatMap((child, at) => {
      const last = at === children.length - 1;
      return rowsOf(child, `${below}${last ? '└─ ' : '├─ '}`, `${below}${last ? '   ' : '│  '}`);
    }),
  ];
}
