// Options that several verbs take, spelled as in kubectl.

import type { Command } from 'commander';

export function outputOption(command: Command, formats: readonly string[]): void {
  command.addOption(command.createOption('-o, --output <format>', 'format of the output').choices(formats));
}

/** Objects go, or stay, without any write. */
export const DRY_RUN = ['--dry-run', 'say what would be done, and do nothing'] as const;

export interface OutputOptions {
  output?: string;
}
