// Keeps the Secret whole and in date, together with all other replicas: whoever writes first wins, everyone else takes what
// is there. Runs when the Secret changes and at the next known deadline.

import type { JsonObject, KubeObject } from '../api/kube.ts';
import { backoffMs } from '../runtime/backoff.ts';
import { caBundle, newSecret, readSecret, secretData } from './secret.ts';
import type { CertificateSet } from './secret.ts';
import { newSet, performStep, planRotation, withNext } from './rotate.ts';

/** Calls about the one Secret. A lost race is an error with `status` 409, as KubeError has it. */
export interface SecretAccess {
  namespace: string;
  name: string;
  read(): Promise<KubeObject | undefined>;
  create(secret: KubeObject): Promise<unknown>;
  patch(body: JsonObject, resourceVersion: string): Promise<unknown>;
}

export interface KeeperLog {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

export interface KeeperOptions {
  secret: SecretAccess;
  /** What the serving certificate must be valid for; see servingNames. */
  names: readonly string[];
  /** Epoch milliseconds. */
  now(): number;
  /** Uniform in [0, 1), for jitter. */
  random(): number;
  log: KeeperLog;
  /** Called with every set that differs from the one before, the first included: serve it and publish its bundle. */
  onChange(set: CertificateSet, bundle: string): void | Promise<void>;
  /** True when every caller's configuration holds the whole bundle; a new authority signs nothing before that. */
  isTrusted(bundle: string): Promise<boolean>;
}

export interface Keeper {
  /** Resolves with the first set. Fails when the Secret cannot be read or written. */
  start(): Promise<CertificateSet>;
  /** The Secret has changed: look now. */
  poke(): void;
  /** The set as the API server has it now; compare configurations with this one before changing them. */
  refresh(): Promise<CertificateSet>;
  stop(): Promise<void>;
}

const ATTEMPTS = 10;
/** Timers stand still while a machine sleeps and wall time cannot be watched, so the dates are looked at again hourly. */
const LONGEST_SLEEP_MS = 3_600_000;
const RETRY = { baseMs: 1_000, capMs: 60_000 };

const lostRace = (error: unknown): boolean => (error as { status?: unknown } | null)?.status === 409;

function parse(secret: KubeObject | undefined): CertificateSet | string {
  if (secret === undefined) return 'there is no Secret';
  try {
    return readSecret(secret);
  } catch (error) {
    return `the Secret is unusable: ${(error as Error).message}`;
  }
}

interface Work {
  set: CertificateSet | undefined;
  why: string;
  wakeAt: number;
}

/** What to write, or undefined when `found` may stay as it is. `known` = the last good set of this process. */
async function change(
  options: KeeperOptions,
  found: CertificateSet | string,
  known: CertificateSet | undefined,
): Promise<Work> {
  const { names } = options;
  const now = options.now();
  if (typeof found === 'string') {
    // Somebody deleted or broke it, perhaps to have it renewed: what is served goes on, and a new authority follows.
    const set = known === undefined ? await newSet(names, now) : await withNext(known, now);
    return { set, why: found, wakeAt: now };
  }
  const trusted = found.next === undefined || (await options.isTrusted(caBundle(found)));
  const { step, why, wakeAt } = planRotation(found, names, now, trusted);
  return { set: step === 'keep' ? undefined : await performStep(step, found, names, now), why, wakeAt };
}

/** Brings the Secret into order and returns what it holds. */
async function ensureSecret(
  options: KeeperOptions,
  known: CertificateSet | undefined,
): Promise<{ set: CertificateSet; wakeAt: number }> {
  const { secret: access, log } = options;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const live = await access.read();
    const found = parse(live);
    const { set, why, wakeAt } = await change(options, found, known);
    if (set === undefined) return { set: found as CertificateSet, wakeAt };
    try {
      if (live === undefined) await access.create(newSecret(access.namespace, access.name, set));
      else await access.patch({ data: secretData(set) }, live.metadata.resourceVersion ?? '');
      log.info({ secret: access.name, reason: why }, 'certificates written');
    } catch (error) {
      if (!lostRace(error)) throw error;
    }
  }
  throw new Error(`Secret ${access.namespace}/${access.name} was changed by others ${ATTEMPTS} times in a row`);
}

const sameSet = (a: CertificateSet | undefined, b: CertificateSet): boolean =>
  a !== undefined && a.leaf.cert === b.leaf.cert && a.leaf.key === b.leaf.key && caBundle(a) === caBundle(b);

export const createKeeper = (options: KeeperOptions): Keeper => new SecretKeeper(options);

class SecretKeeper implements Keeper {
  readonly #options: KeeperOptions;
  #known: CertificateSet | undefined;
  #announced: CertificateSet | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #stopped = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  start(): Promise<CertificateSet> {
    return this.refresh();
  }

  /** One look at a time, in order. */
  refresh(): Promise<CertificateSet> {
    const look = (): Promise<CertificateSet> => this.#look();
    const mine = this.#last.then(look, look);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  poke(): void {
    if (this.#stopped) return;
    void this.refresh().catch((error: unknown) => {
      this.#failures += 1;
      this.#options.log.warn({ err: error, failures: this.#failures }, 'certificates could not be checked');
      this.#wakeIn(backoffMs(this.#failures, { ...RETRY, random: this.#options.random }));
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#last;
  }

  async #look(): Promise<CertificateSet> {
    const { set, wakeAt } = await ensureSecret(this.#options, this.#known);
    this.#known = set;
    if (!sameSet(this.#announced, set)) {
      await this.#options.onChange(set, caBundle(set));
      this.#announced = set;
    }
    this.#failures = 0;
    this.#wakeIn(Math.max(wakeAt - this.#options.now(), RETRY.baseMs));
    return set;
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => this.poke(), Math.min(ms, LONGEST_SLEEP_MS));
  }
}
