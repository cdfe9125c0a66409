// The figures of a run as text: a line each for a terminal, and docs/benchmarks.md.

import type { Figure } from './section.ts';

const number = (figure: number): string => (figure >= 100 ? figure.toFixed(0) : figure.toFixed(2));

export function line({ name, value, unit, reference, referenceValue, ratio, note }: Figure): string {
  const figure = `${name.padEnd(28)} ${number(value).padStart(8)} ${unit.padEnd(8)}`;
  const compared = `${reference}: ${number(referenceValue)} ${unit}, ratio ${ratio.toFixed(2)}`;
  return `${figure}  (${compared})${note === undefined ? '' : `\n${' '.repeat(29)}${note}`}`;
}

const row = ({ name, value, unit, reference, referenceValue, ratio, note = '' }: Figure): string =>
  `| \`${name}\` | ${number(value)} ${unit} | ${reference}: ${number(referenceValue)} ${unit} | ${ratio.toFixed(2)} | ${note} |`;

/** `machine`: what it ran on, in words. */
export const page = (figures: readonly Figure[], machine: string): string => `# Benchmarks

As last measured, by \`npm run bench -- --write\`, on ${machine}. Figures of two machines cannot be compared: what counts is the
ratio, whose reference was measured in the same run or is a goal. A goal is met where the ratio is at most 1, or at most what the
note says.

| Figure | Value | Compared with | Ratio | |
| --- | --- | --- | --- | --- |
${figures.map(row).join('\n')}
`;
