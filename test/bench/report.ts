// The figures of a run as text: a line each for a terminal, and docs/benchmarks.md.

import type { Figure } from './section.ts';

const number = (figure: number): string => (figure >= 100 ? figure.toFixed(0) : figure.toFixed(2));

/** Of milliseconds: `75 s`, `12 min 5 s`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A goal of 0 has no ratio: nothing but 0 meets it. */
const reading = ({ value, referenceValue, ratio }: Figure): string => {
  if (referenceValue !== 0) return ratio.toFixed(2);
  return value === 0 ? 'met' : 'missed';
};

export function line(one: Figure): string {
  const { name, value, unit, reference, referenceValue, note } = one;
  const figure = `${name.padEnd(28)} ${number(value).padStart(8)} ${unit.padEnd(8)}`;
  const compared = `${reference}: ${number(referenceValue)} ${unit}, ${referenceValue === 0 ? '' : 'ratio '}${reading(one)}`;
  return `${figure}  (${compared})${note === undefined ? '' : `\n${' '.repeat(29)}${note}`}`;
}

function row(one: Figure): string {
  const { name, value, unit, reference, referenceValue, note = '' } = one;
  const compared = `${reference}: ${number(referenceValue)} ${unit}`;
  return `| \`${name}\` | ${number(value)} ${unit} | ${compared} | ${reading(one)} | ${note} |`;
}

/** `machine`: what it ran on, in words. */
export const page = (figures: readonly Figure[], machine: string): string => `# Benchmarks

As last measured, by \`npm run bench -- --write\`, on ${machine}. Figures of two machines cannot be compared: what counts is the
ratio, whose reference was measured in the same run or is a goal. A goal is met where the ratio is at most 1, or at most what the
note says; a goal of 0 has no ratio, it is met or missed.

| Figure | Value | Compared with | Ratio | |
| --- | --- | --- | --- | --- |
${figures.map(row).join('\n')}
`;
