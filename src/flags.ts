// Command-line flags as Go programs take them: `--name value`, `--name=value`, one dash or two, booleans without a value.
// Reads them into typed values; every refusal names flag, value and what is accepted.

/** A flag or variable that cannot be used. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface FlagNames {
  /** Flags that need no value. */
  booleans: readonly string[];
  others: readonly string[];
}

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  '\u00b5s': 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

export class Flags {
  readonly #values: ReadonlyMap<string, string>;

  constructor(argv: readonly string[], names: FlagNames) {
    this.#values = read(argv, names);
  }

  has(flag: string): boolean {
    return this.#values.has(flag);
  }

  text(flag: string): string | undefined {
    return this.#values.get(flag);
  }

  boolean(flag: string, fallback: boolean): boolean {
    const text = this.#values.get(flag);
    if (text === undefined) return fallback;
    if (TRUE.has(text)) return true;
    if (FALSE.has(text)) return false;
    throw bad(flag, text, 'true or false');
  }

  whole(flag: string, fallback: number, min: number, max: number): number {
    const text = this.#values.get(flag);
    if (text === undefined) return fallback;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw bad(flag, text, `a whole number from ${min} to ${max}`);
  }

  /** Milliseconds. */
  duration(flag: string, fallback: number): number {
    const text = this.#values.get(flag);
    if (text === undefined) return fallback;
    if (text === '0') return 0;
    const parts = [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|ms|s|m|h)/g)];
    if (text === '' || parts.map(([part]) => part).join('') !== text)
      throw bad(flag, text, 'a duration such as 15s or 1m30s');
    return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0), 0);
  }

  choice<T extends string>(flag: string, fallback: T, accepted: readonly T[]): T {
    const text = this.#values.get(flag) ?? fallback;
    const found = accepted.find((one) => one === text);
    if (found === undefined) throw bad(flag, text, `one of ${accepted.join(', ')}`);
    return found;
  }

  /** `host:port` or `:port`; undefined = switched off by `0`. */
  address(flag: string, fallback: string): string | undefined {
    const text = this.#values.get(flag) ?? fallback;
    if (text === '0' || text === '') return undefined;
    const port = /^(?:\[[0-9a-fA-F:.]+\]|[^:\s]*):(\d{1,5})$/.exec(text)?.[1];
    if (port === undefined || Number(port) > 65_535) throw bad(flag, text, 'HOST:PORT, :PORT, or 0 to turn it off');
    return text;
  }
}

export const bad = (flag: string, value: string, accepted: string): ConfigError =>
  new ConfigError(`--${flag} is ${JSON.stringify(value)}; it must be ${accepted}`);

function read(argv: readonly string[], { booleans, others }: FlagNames): Map<string, string> {
  const values = new Map<string, string>();
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] as string;
    const [, name, inline] = /^--?([a-zA-Z][a-zA-Z0-9_-]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined)
      throw new ConfigError(`unexpected argument ${JSON.stringify(word)}; flags are --name=value`);
    const needsNone = booleans.includes(name);
    if (!needsNone && !others.includes(name)) throw unknown(name, [...booleans, ...others]);
    if (inline !== undefined) values.set(name, inline);
    else if (needsNone) values.set(name, 'true');
    else if (argv[at + 1] === undefined) throw new ConfigError(`flag --${name} needs a value: --${name}=VALUE`);
    else values.set(name, argv[(at += 1)] as string);
  }
  return values;
}

const unknown = (name: string, known: string[]): ConfigError =>
  new ConfigError(`unknown flag --${name}; known flags are --${known.sort().join(', --')}`);
