// `version`: of this program; needs no cluster.

import type { Command } from 'commander';
import { outputOption, type OutputOptions } from '../options.ts';
import { document, isDocument } from '../text/document.ts';
import type { Call } from '../verb.ts';
import about from '../../../package.json' with { type: 'json' };

export function define(command: Command): void {
  outputOption(command, ['json', 'yaml']);
}

export async function run({ io, options: { output } }: Call<OutputOptions>): Promise<void> {
  const version = { sluice: about.version, node: process.version };
  io.out(isDocument(output) ? await document(version, output) : `sluice ${version.sluice} (node ${version.node})\n`);
}
