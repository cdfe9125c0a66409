// npm run bench [-- --only NAME] [-- --json FILE]: runs the sections one after another and prints their figures. BENCH_OBJECTS
// says how many Rollouts `memory` makes, BENCH_RELEASES how many releases `soak` runs.

import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { Figure, Section } from './section.ts';

/** One line a section; loaded only when it runs. */
const SECTIONS: Record<string, () => Promise<Section>> = {
  webhook: () => import('./webhook/section.ts'),
  hold: () => import('./hold-latency.ts'),
  release: () => import('./release-cost.ts'),
  lookups: () => import('./lookups.ts'),
  apiserver: () => import('./apiserver.ts'),
  memory: () => import('./memory.ts'),
  soak: () => import('./soak.ts'),
};

function line({ name, value, unit, reference, referenceValue, ratio, note }: Figure): string {
  const number = (figure: number): string => (figure >= 100 ? figure.toFixed(0) : figure.toFixed(2));
  const figure = `${name.padEnd(26)} ${number(value).padStart(8)} ${unit.padEnd(8)}`;
  const compared = `${reference}: ${number(referenceValue)} ${unit}, ratio ${ratio.toFixed(2)}`;
  return `${figure}  (${compared})${note === undefined ? '' : `\n${' '.repeat(27)}${note}`}`;
}

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, json: { type: 'string' } } });
const chosen = values.only ?? Object.keys(SECTIONS);
const unknown = chosen.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  console.error(`no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`);
  process.exit(2);
}

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`);
const figures: Figure[] = [];
for (const name of chosen) {
  console.log(`\n# ${name}`);
  const section = await (SECTIONS[name] as () => Promise<Section>)();
  const found = await section.run((text) => console.log(text));
  for (const figure of found) console.log(line(figure));
  figures.push(...found);
}
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
  console.log(`\nwrote ${values.json}`);
}
