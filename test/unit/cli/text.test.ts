import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columns } from '../../../src/cli/text/columns.ts';
import { drawTree } from '../../../src/cli/show/tree.ts';

describe('columns', () => {
  it('are as wide as their widest cell, without spaces at line ends', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.stringMatching(/^[a-z├─ ]{0,9}$/), { maxLength: 4 }), { maxLength: 5 }),
        (rows) => {
          const text = columns(rows);
          const printed = text.split('\n').slice(0, -1);
          expect(printed).toHaveLength(rows.length);
          for (const line of printed) expect(line).toBe(line.trimEnd());
          rows.forEach((row, at) => {
            let from = 0;
            row.forEach((cell, column) => {
              expect((printed[at] ?? '').padEnd(from + cell.length).slice(from, from + cell.length)).toBe(cell);
              from += Math.max(...rows.map((other) => other[column]?.length ?? 0)) + 3;
            });
          });
        },
      ),
    );
  });
});

describe('trees', () => {
  it('draw branches in the first column only', () => {
    const leaf = (name: string) => ({ cells: [name, 'x'] });
    const text = drawTree(['NAME', 'S'], {
      cells: ['root', 'r'],
      children: [{ cells: ['a', ''], children: [leaf('b'), leaf('c')] }, leaf('d')],
    });
    expect(text).toBe(
      ['NAME      S', 'root      r', '├─ a', '│  ├─ b   x', '│  └─ c   x', '└─ d      x', ''].join('\n'),
    );
  });
});
