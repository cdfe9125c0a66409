// Runs a scenario in a namespace of its own, kills Sluice at one of its writes, starts it again, and compares the end with
// that of the undisturbed run.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { World } from '../cluster/support/world.ts';
import { Sluice } from '../cluster/support/sluice.ts';
import { until } from '../cluster/support/until.ts';
import { COMPARED, endState, firstDifference } from './compare.ts';
import { WriteProxy, type Write } from './proxy.ts';
import type { Scenario } from './scenarios.ts';

/** The Lease of a killed process, and a little more. */
const QUIET_MS = 3_000;

export interface Run {
  writes: Write[];
  end: string;
}

export interface Verdict {
  kill: number;
  write: Write;
  /** Undefined = the same end. */
  difference: string | undefined;
}

export class CrashHarness {
  readonly world = new World();
  readonly #proxy = new WriteProxy();
  #folder = '';
  #sluice!: Sluice;

  async start(name: string): Promise<void> {
    await this.world.start(name);
    this.#folder = await mkdtemp(join(tmpdir(), 'sluice-crash-'));
    const { kubeconfig, webhookHost } = this.world.cluster;
    const through = await this.#proxy.start(kubeconfig, join(this.#folder, 'kubeconfig'));
    this.#sluice = await Sluice.create({ kubeconfig, serveKubeconfig: through, host: webhookHost });
    await this.#sluice.install();
    await this.#sluice.start();
  }

  async stop(): Promise<void> {
    await this.#sluice?.stop('SIGKILL');
    await this.#proxy.stop();
    await this.world.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** `kill` = number of the write (from 1) after which the process dies; absent = it lives. */
  async run(scenario: Scenario, kill = Infinity): Promise<Run> {
    const namespace = await this.world.namespace(`${scenario.name}-${Number.isFinite(kill) ? kill : 'clean'}`);
    await scenario.prepare(this.world, namespace);
    this.#proxy.writes.length = 0;
    const died = this.#armed(kill);
    await scenario.play(this.world, namespace);
    await scenario.ended(this.world, namespace);
    // Runs differ by a status write or two, so the last ones may not happen this time.
    if (this.#proxy.writes.length >= kill) await died;
    this.#proxy.stopAt = Infinity;
    const end = await this.#settledEnd(namespace);
    const writes = [...this.#proxy.writes];
    await this.world.kubectl.do(['delete', 'namespace', namespace, '--wait=false']);
    return { writes, end };
  }

  async compare(scenario: Scenario, clean: Run, kill: number): Promise<Verdict> {
    const write = clean.writes[kill - 1] as Write;
    try {
      const { end } = await this.run(scenario, kill);
      return { kill, write, difference: end === clean.end ? undefined : firstDifference(clean.end, end) };
    } catch (error) {
      const tail = this.#sluice.log.split('\n').slice(-12).join('\n');
      return { kill, write, difference: `${error instanceof Error ? error.message : String(error)}\n${tail}` };
    } finally {
      this.#proxy.stopAt = Infinity;
      if (!this.#sluice.running) await this.#sluice.start();
    }
  }

  #armed(kill: number): Promise<void> {
    this.#proxy.stopAt = kill;
    return new Promise((resolve, reject) => {
      this.#proxy.reached = () => {
        this.#sluice
          .stop('SIGKILL')
          .then(() => this.#sluice.start())
          .then(resolve, reject);
      };
    });
  }

  /** The end, once nothing has changed for longer than a restarted process needs to lead and act. */
  async #settledEnd(namespace: string): Promise<string> {
    let last = '';
    let since = Date.now();
    return until('the end has settled', async () => {
      const objects = await this.world.list(COMPARED, namespace);
      const now = endState(objects, await this.world.list('pods', namespace), namespace);
      if (now !== last) since = Date.now();
      last = now;
      return Date.now() - since >= QUIET_MS ? now : undefined;
    });
  }
}
