// npm run bench [-- --only NAME] [-- --json FILE] [-- --write]: runs the sections one after another and prints their figures;
// `--write` puts those of a whole run into docs/benchmarks.md. Sizes are set by the environment: BENCH_OBJECTS for `lookups`,
// BENCH_MEMORY_OBJECTS for `memory`, BENCH_RELEASES for `soak`.

import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { duration, line, page } from './report.ts';
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

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const chosen = values.only ?? Object.keys(SECTIONS);
const unknown = chosen.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  console.error(`no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`);
  process.exit(2);
}
if (values.write && values.only !== undefined) {
  console.error('--write replaces the whole of docs/benchmarks.md, so it needs every section: leave --only out');
  process.exit(2);
}

const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`;
console.log(machine);
const figures: Figure[] = [];
const began = performance.now();
for (const name of chosen) {
  console.log(`\n# ${name}`);
  const sectionBegan = performance.now();
  const section = await (SECTIONS[name] as () => Promise<Section>)();
  const found = await section.run((text) => console.log(text));
  for (const figure of found) console.log(line(figure));
  console.log(`${name} took ${duration(performance.now() - sectionBegan)}`);
  figures.push(...found);
}
console.log(`\n${chosen.length} sections took ${duration(performance.now() - began)}`);
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
  console.log(`\nwrote ${values.json}`);
}
if (values.write) await writeFile(new URL('../../docs/benchmarks.md', import.meta.url), page(figures, machine));
