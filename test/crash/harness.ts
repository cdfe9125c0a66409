// Plays cells of the scenario table, many at a time, in front of one Sluice process that is killed at one write of each, and
// compares each end with that of an undisturbed run. A death is the death of all: the cells that wait for theirs die together,
// and the others are disturbed too, which no end may show.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { REPLICA_SETS } from '../../src/api/resources.ts';
import { Sluice } from '../cluster/support/sluice.ts';
import { World } from '../cluster/support/world.ts';
import { Scene, type Cell } from '../scenarios/scene.ts';
import { SERVE_FLAGS, Stage } from '../scenarios/stage.ts';
import { endState, firstDifference } from './compare.ts';
import { WriteProxy, type Write } from './proxy.ts';

/** The Lease of a killed process, and a little more. */
const QUIET_MS = 3_000;
/** For one wait of a cell while others make the process die again and again: so many lives, and a little more. */
const LONGEST_LIVES = 6;
const LONGEST_MS = 120_000;
/** A frozen write holds its worker until the process dies, and must not hold up the other cells: as many as there can be. */
const WORKERS = ['rollout', 'batchrelease', 'trafficrouting', 'rollouthistory', 'deployment'].flatMap((controller) => [
  `--${controller}-workers`,
  '100',
]);
/** A cell at its write waits so long for others to come to theirs, and until the process has lived its life. */
const COMPANY_MS = 1_000;
/** How long a process lives at least: a grace period that each start begins anew would never end. */
const LIFE_MS = 12_000;
/** An end that differs may only be slow: the native controllers have so long to come to the one of the undisturbed run. */
const LATE_MS = 30_000;

export interface Run {
  writes: Write[];
  end: string;
}

export interface Verdict {
  write: Write | undefined;
  /** Undefined = the same end. */
  difference: string | undefined;
}

export class CrashHarness {
  readonly world = new World();
  readonly #proxy = new WriteProxy();
  readonly #lifeMs: number;
  #stage!: Stage;
  #sluice!: Sluice;
  readonly #stopping = new AbortController();
  #folder = '';
  #death: Promise<void> | undefined;
  /** When the process was last ready to act; undefined while it is not. */
  #since: number | undefined;
  deaths = 0;

  /** A longer life costs many cells at work less: fewer of them are disturbed by a death that is not theirs. */
  constructor(lifeMs = LIFE_MS) {
    this.#lifeMs = lifeMs;
  }

  async start(name: string, cells: readonly Cell[]): Promise<void> {
    await this.world.start(name);
    this.#folder = await mkdtemp(join(tmpdir(), 'sluice-crash-'));
    const { kubeconfig, webhookHost } = this.world.cluster;
    const through = await this.#proxy.start(kubeconfig, join(this.#folder, 'kubeconfig'));
    const options = { kubeconfig, serveKubeconfig: through, host: webhookHost, flags: [...SERVE_FLAGS, ...WORKERS] };
    this.#sluice = await Sluice.create(options);
    this.world.sluice = this.#sluice;
    await this.#sluice.install();
    await this.#live();
    this.#stage = await Stage.open(this.world, [...new Set(cells.flatMap(({ route, subject }) => [route, subject]))]);
    await this.#stage.watch(REPLICA_SETS);
  }

  /** At once, also while a process has some life left: nothing that was started stays. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#death?.catch(() => undefined);
    await this.#sluice?.stop('SIGKILL');
    await this.#stage?.close();
    await this.#proxy.stop();
    await this.world.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** `kill` = number of the write of this cell (from 1) after which the process dies; absent = it lives. */
  async run(cell: Cell, kill = Infinity, expected?: string): Promise<Run> {
    const scene = await Scene.open(this.#stage, cell, {
      prefix: 'crash',
      longestMs: LONGEST_MS + LONGEST_LIVES * this.#lifeMs,
    });
    let died: Promise<void> | undefined;
    const writes = this.#proxy.count(scene.namespace, kill, () => {
      died = this.#die();
      // Judged where it is awaited, below; until then a restart that fails is no reason to end all other cells.
      died.catch(() => undefined);
    });
    try {
      await scene.play();
      await died;
      return { writes: [...writes], end: await this.#settled(scene, expected) };
    } finally {
      this.#proxy.forget(scene.namespace);
      await scene.clear();
    }
  }

  async compare(cell: Cell, clean: Run, kill: number): Promise<Verdict> {
    const write = clean.writes[kill - 1];
    try {
      const { end } = await this.run(cell, kill, clean.end);
      return { write, difference: end === clean.end ? undefined : firstDifference(clean.end, end) };
    } catch (error) {
      return { write, difference: error instanceof Error ? error.message : String(error) };
    }
  }

  /** The end of the process's log, for a person. */
  get log(): string {
    return this.#sluice.log;
  }

  #die(): Promise<void> {
    const age = this.#since === undefined ? 0 : Date.now() - this.#since;
    const { signal } = this.#stopping;
    this.#death ??= sleep(Math.max(COMPANY_MS, this.#lifeMs - age), undefined, { signal })
      .then(() => this.#sluice.stop('SIGKILL'))
      .then(() => {
        this.deaths += 1;
        this.#since = undefined;
        this.#death = undefined;
        this.#proxy.thaw();
        return this.#live();
      });
    return this.#death;
  }

  async #live(): Promise<void> {
    await this.#sluice.start();
    this.#since = Date.now();
  }

  /**
   * The end, once nothing has changed for longer than a restarted process needs to lead and act. One that is not the expected
   * one is told when it stays so.
   */
  #settled(scene: Scene, expected: string | undefined): Promise<string> {
    const latest = Date.now() + LATE_MS;
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout;
      const quiet = (): void => {
        const lived = this.#since === undefined ? 0 : Date.now() - this.#since;
        if (lived < QUIET_MS) return again(QUIET_MS - lived);
        const { pods, namespace, isPodLeftByChoice } = scene;
        const end = endState({ objects: scene.objects([REPLICA_SETS]), pods, namespace, isPodLeftByChoice });
        const left = expected === undefined || end === expected ? 0 : latest - Date.now();
        if (left > 0) return again(left);
        stop();
        resolve(end);
      };
      const again = (ms = QUIET_MS): void => {
        clearTimeout(timer);
        timer = setTimeout(quiet, ms);
      };
      const stop = this.#stage.onChange(scene.namespace, () => again());
      again();
    });
  }
}
