// How the demo speaks: headings, typed commands, shown output, checked claims.

import { styleText } from 'node:util';

const colour = process.stdout.isTTY === true;
const styled = (style: Parameters<typeof styleText>[0], text: string): string =>
  colour ? styleText(style, text) : text;
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

export const bold = (text: string): string => styled('bold', text);
export const step = (title: string): void => print(`\n${styled(['bold', 'cyan'], `== ${title}`)}`);
export const say = (text: string): void => print(text);
export const typed = (command: string): void => print(styled('yellow', `$ ${command}`));
export const show = (text: string): void => {
  for (const line of text.trimEnd().split('\n')) print(styled('dim', `  ${line}`));
};

/** A claim that must be true; a false one ends the demo. */
export function check(claim: string, holds: boolean, seen?: unknown): void {
  if (!holds) throw new Error(`${claim}: not so; seen ${JSON.stringify(seen)}`);
  check.count += 1;
  print(`${styled('green', '✓')} ${claim}`);
}
check.count = 0;
