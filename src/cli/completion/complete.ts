// What can stand where the cursor is: verbs, flags, their values, and names that the cluster is asked for. Nothing here may
// fail or take long: a shell waits for it.

import type { Argument, Command, Option } from 'commander';
import type { Cluster } from '../cluster.ts';
import { VERBS } from '../commands/index.ts';
import type { GlobalOptions, VerbModule } from '../verb.ts';
import { namesFor, type Completions } from './completed-names.ts';

export interface Completing {
  /** Without what the verbs define. */
  program: Command;
  /** As users type it. */
  name: string;
  connect(options: GlobalOptions): Promise<Cluster>;
}

const described = (word: string, text: string): string => `${word}\t${text}`;
const closed = (words: readonly string[]): Completions => ({ words: [...words], open: false });

/** `words` stand behind the program's name; the last one is being typed. */
export async function complete(words: readonly string[], completing: Completing): Promise<Completions> {
  const line = await read(words, completing);
  const found = await candidates(line, completing);
  return { ...found, words: found.words.filter((word) => word.startsWith(line.typed)) };
}

/** The line, understood as far as it goes. */
interface Line {
  /** The word under the cursor, without the flag of `--flag=value`. */
  typed: string;
  /** The flag whose value is being typed. */
  option: Option | undefined;
  module: VerbModule<never> | undefined;
  command: Command;
  /** Finished words that are arguments of the verb. */
  args: string[];
  options: GlobalOptions;
}

async function read(words: readonly string[], { program, name }: Completing): Promise<Line> {
  const [verbName] = argumentsIn(words.slice(0, -1), program.options).args;
  const verb = VERBS.find((one) => one.name === verbName);
  const command = program.commands.find((one) => one.name() === verbName) ?? program;
  const module = await verb?.load();
  module?.define(command, name);
  const known = [...(command === program ? [] : command.options), ...program.options];
  const last = words.at(-1) ?? '';
  const [, flag, value] = /^(--[^=]+)=(.*)$/.exec(last) ?? [];
  const { args, values, open } = argumentsIn(words.slice(0, -1), known);
  const option = flag === undefined ? open : known.find((one) => one.long === flag);
  return { typed: value ?? last, option, module, command, args: args.slice(1), options: values };
}

/** Splits words into arguments and values of options; `open` is an option at the end that still needs its value. */
function argumentsIn(words: readonly string[], known: readonly Option[]) {
  const args: string[] = [];
  const values: Record<string, string> = {};
  let open: Option | undefined;
  for (const word of words) {
    const [flag = '', inline] = word.split(/=(.*)/s, 2);
    const option = word.startsWith('-') ? known.find(({ long, short }) => flag === long || flag === short) : undefined;
    if (open !== undefined) values[open.attributeName()] = word;
    else if (option !== undefined && inline !== undefined) values[option.attributeName()] = inline;
    else if (!word.startsWith('-')) args.push(word);
    open = open === undefined && option?.required === true && inline === undefined ? option : undefined;
  }
  return { args, values: values as GlobalOptions, open };
}

async function candidates(line: Line, completing: Completing): Promise<Completions> {
  const { typed, option, module, command } = line;
  const { program } = completing;
  if (option?.argChoices !== undefined) return closed(option.argChoices);
  const asks = async (what: 'namespaces' | 'rollouts' | 'subjects'): Promise<Completions> =>
    namesFor(what, line, () => completing.connect(line.options));
  if (option !== undefined) return option.long === '--namespace' ? asks('namespaces') : closed([]);
  if (typed.startsWith('-'))
    return closed(flagsOf(command === program ? program.options : [...command.options, ...program.options]));
  if (command === program) return closed(VERBS.map(({ name, summary }) => described(name, summary)));
  const argument: Argument | undefined = command.registeredArguments[line.args.length];
  if (argument?.argChoices !== undefined) return closed(argument.argChoices);
  return module?.completes === undefined ? closed([]) : asks(module.completes);
}

const flagsOf = (options: readonly Option[]): string[] =>
  options
    .filter(({ hidden }) => !hidden)
    .map(({ long, short, description }) => described(long ?? short ?? '', description));
