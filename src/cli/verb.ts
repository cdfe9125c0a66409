// The contract of a verb: one file in commands/ that says what it takes and does it. The table in commands/index.ts names
// the files; a file is loaded when its verb is used, so that nothing else slows a command down.

import type { Command } from 'commander';
import type { Cluster } from './cluster.ts';
import type { Environment } from './environment.ts';

/** Options that every verb takes. */
export interface GlobalOptions {
  namespace?: string;
  context?: string;
  kubeconfig?: string;
}

export interface Call<Options> extends Environment {
  /** `sluice` or `kubectl sluice`, as the user called us. */
  program: string;
  args: string[];
  options: Options & GlobalOptions;
  /** Connects on first use; closed when the verb is done. */
  cluster(): Promise<Cluster>;
}

export interface VerbModule<Options = object> {
  /** Arguments, options and help text. */
  define(command: Command, program: string): void;
  /** What its arguments name, for shells that complete them. */
  completes?: 'rollouts' | 'subjects';
  /** Exit code; nothing means 0. */
  run(call: Call<Options>): Promise<number | void>;
}

export interface Verb {
  name: string;
  summary: string;
  load(): Promise<VerbModule<never>>;
}
