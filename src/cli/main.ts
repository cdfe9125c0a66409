// The command line: finds the verb, loads its file, runs it, and turns whatever happens into output and an exit code. Every
// verb but `serve` comes here. As `kubectl-sluice` on the PATH it is `kubectl sluice`.

import { basename } from 'node:path';
import { Command, CommanderError } from 'commander';
import { VERBS } from './commands/index.ts';
import { complete } from './completion/complete.ts';
import { COMPLETE, DIRECTIVE, PLUGIN_COMPLETION } from './completion/shells.ts';
import type { Cluster } from './cluster.ts';
import { environmentWith, type Environment } from './environment.ts';
import { UsageError, lineFor } from './errors.ts';
import { patient } from './patience.ts';
import type { Call, GlobalOptions, Verb } from './verb.ts';

const PLUGIN = 'kubectl-sluice';

const nameOf = (script: string | undefined): string => basename(script ?? '').replace(/\.(js|ts|mjs|cjs)$/, '');

/** What users type in front of a verb. */
export const programName = (script: string | undefined): string =>
  [PLUGIN, PLUGIN_COMPLETION].includes(nameOf(script)) ? 'kubectl sluice' : 'sluice';

/** kubectl asks a program of this name to complete the words of the plugin. */
const asksForCompletion = (script: string | undefined): boolean => nameOf(script) === PLUGIN_COMPLETION;

/** `words` are what stands behind the program's name; answers the exit code and never throws. */
export async function runCli(words: readonly string[], given: Partial<Environment> = {}): Promise<number> {
  const environment = environmentWith(given);
  const session = new Session(environment, programName(environment.script));
  try {
    return await session.run(asksForCompletion(environment.script) ? [COMPLETE, ...words] : [...words]);
  } finally {
    await session.close();
  }
}

class Session {
  readonly #environment: Environment;
  readonly #program: string;
  #cluster: Promise<Cluster> | undefined;
  #server = '';
  #code = 0;
  /** The verb that runs, for hints. */
  #verb = '';

  constructor(environment: Environment, program: string) {
    this.#environment = environment;
    this.#program = program;
  }

  async run(words: string[]): Promise<number> {
    const { io } = this.#environment;
    const [first, ...rest] = words;
    if (first === COMPLETE) return this.#complete(rest);
    try {
      await this.#commands().parseAsync(asVerb(words), { from: 'user' });
      return this.#code;
    } catch (error) {
      if (error instanceof CommanderError) return error.exitCode;
      io.err(`${lineFor(error, this.#server)}\n`);
      if (error instanceof UsageError) io.err(`${this.#hint(this.#verb)}\n`);
      return 1;
    }
  }

  async close(): Promise<void> {
    const cluster = await this.#cluster?.catch(() => undefined);
    await cluster?.close();
  }

  readonly #hint = (verb: string): string => `See '${`${this.#program} help ${verb}`.trimEnd()}' for usage.`;

  #commands(): Command {
    const { out, err } = this.#environment.io;
    const program = new Command(this.#program)
      .description(
        'Progressive delivery for Kubernetes: holds an update before its first new pod and releases it in steps.',
      )
      .usage('VERB [NAME...] [options]')
      .option('-n, --namespace <namespace>', "namespace (default: that of the kubeconfig's context)")
      .option('--context <name>', 'context of the kubeconfig')
      .option('--kubeconfig <path>', 'kubeconfig (default: $KUBECONFIG, else ~/.kube/config)')
      .helpCommand(false)
      .configureHelp({ showGlobalOptions: true, subcommandTerm: (command) => command.name() })
      .configureOutput({ writeOut: out, writeErr: err, outputError: (text, write) => write(`${inOneLine(text)}\n`) })
      .showHelpAfterError(this.#hint(''))
      .exitOverride()
      .addHelpText('after', () => `\n${this.#program} help VERB explains a verb; sluice serve runs the controller.`);
    const verbs = new Map(VERBS.map((verb) => [this.#placeFor(verb, program), verb]));
    // The file is loaded, and its options known, only for the verb that was typed.
    program.hook('preSubcommand', (_program, chosen) => this.#load(chosen, verbs.get(chosen)));
    return program;
  }

  /** For shells: never an error, whatever was typed. */
  async #complete(words: string[]): Promise<number> {
    const connect = (options: GlobalOptions): Promise<Cluster> => (this.#cluster ??= this.#connect(options));
    const found = await complete(words, { program: this.#commands(), name: this.#program, connect });
    const directive = found.open ? DIRECTIVE.open : DIRECTIVE.closed;
    this.#environment.io.out([...found.words, `:${directive}`, ''].join('\n'));
    return 0;
  }

  #placeFor(verb: Verb, program: Command): Command {
    const place = program
      .command(verb.name)
      .summary(verb.summary)
      .description(`${sentence(verb.summary)}.`);
    return place.showHelpAfterError(this.#hint(verb.name));
  }

  async #load(place: Command, verb: Verb | undefined): Promise<void> {
    if (verb === undefined) return;
    this.#verb = verb.name;
    const { define, run } = await verb.load();
    define(place, this.#program);
    place.action(async () => {
      this.#code = (await run(this.#call(place) as Call<never>)) ?? 0;
    });
  }

  #call(place: Command): Call<object> {
    const options: Call<object>['options'] = place.optsWithGlobals();
    const cluster = (): Promise<Cluster> => (this.#cluster ??= this.#connect(options));
    return { ...this.#environment, program: this.#program, args: place.args, options, cluster };
  }

  async #connect(options: Call<object>['options']): Promise<Cluster> {
    const { connect, clock } = this.#environment;
    const connected = await connect(options);
    this.#server = connected.server;
    return { ...connected, client: patient(connected.client, clock) };
  }
}

/** `help get` is `get --help`, so that the verb's file is loaded for it; no verb at all asks for help too. */
function asVerb(words: string[]): string[] {
  const [first, ...rest] = words;
  if (first === '--version') return ['version', ...rest];
  return first === undefined || first === 'help' ? [...rest, '--help'] : words;
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const inOneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, ' ');
