// `npm run build`: the program as one file, dist/sluice.js with its source map, and what its size is made of. It runs on any
// Node 24 without node_modules. `-- --entry file --outfile file` bundles something else.

import { chmod, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type Metafile } from 'esbuild';

const ROOT = join(import.meta.dirname, '../..');
const SHOWN = 12;

const SHEBANG = '#!/usr/bin/env node';
/** Packages written as CommonJS call require, which an ES module does not have. */
const BANNER = `import { createRequire as sluiceCreateRequire } from 'node:module';
const require = sluiceCreateRequire(import.meta.url);`;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(0).padStart(6)} kB`;

/** Package of an input; our own sources are one. */
function packageOf(input: string): string {
  const inside = input.split('node_modules/').at(-1);
  if (inside === undefined || inside === input) return 'our own sources';
  return inside
    .split('/')
    .slice(0, inside.startsWith('@') ? 2 : 1)
    .join('/');
}

function bytesByPackage(output: Metafile['outputs'][string]): [name: string, bytes: number][] {
  const bytes = new Map<string, number>();
  for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
    const name = packageOf(input);
    bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
  }
  return [...bytes].sort(([, left], [, right]) => right - left);
}

function report(metafile: Metafile): void {
  const [path, output] = Object.entries(metafile.outputs).find(([name]) => !name.endsWith('.map')) ?? [];
  if (path === undefined || output === undefined) throw new Error('esbuild wrote no program');
  const parts = bytesByPackage(output);
  const rest = parts.slice(SHOWN);
  for (const [name, bytes] of parts.slice(0, SHOWN)) print(`${kilobytes(bytes)}  ${name}`);
  const restBytes = rest.reduce((sum, [, bytes]) => sum + bytes, 0);
  if (rest.length > 0) print(`${kilobytes(restBytes)}  ${rest.length} other packages`);
  print(`${kilobytes(output.bytes)}  ${path}`);
}

const { values } = parseArgs({
  options: {
    entry: { type: 'string', default: join(ROOT, 'src/main.ts') },
    outfile: { type: 'string', default: join(ROOT, 'dist/sluice.js') },
  },
});
// esbuild moves a shebang of the entry before the banner; a second one would be a syntax error.
const hasShebang = (await readFile(values.entry, 'utf8')).startsWith('#!');
print(`> esbuild ${relative(ROOT, values.entry)} -> ${relative(ROOT, values.outfile)}`);
const { metafile } = await build({
  entryPoints: [values.entry],
  outfile: values.outfile,
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: true,
  // Names stay readable in stack traces and profiles.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  banner: { js: hasShebang ? BANNER : `${SHEBANG}\n${BANNER}` },
  metafile: true,
  logLevel: 'warning',
});
await chmod(values.outfile, 0o755);
report(metafile);
