// Sluice as a real process in front of a test cluster: installed by its own command, started, stopped, killed.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { get } from 'node:http';
import { endingOf } from '../local/processes.ts';
import { run } from './kubectl.ts';
import { until } from './until.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const NODE = process.execPath;

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface SluiceOptions {
  kubeconfig: string;
  /** Where the process reaches the API server; the crash tests put a proxy there. Default: kubeconfig. */
  serveKubeconfig?: string;
  host?: string;
  flags?: string[];
  env?: NodeJS.ProcessEnv;
  /** The program of `serve`; default: the sources. */
  main?: string;
}

export interface Followed {
  /** What it printed so far. */
  seen: { out: string; err: string };
  /** Exit code. */
  ended: Promise<number>;
  interrupt(): void;
}

export class Sluice {
  readonly #options: SluiceOptions;
  readonly port: number;
  readonly healthPort: number;
  #child: ChildProcess | undefined;
  /** How the last process ended; undefined while it runs. */
  #ending: string | undefined;
  /** Everything the process printed. */
  log = '';

  private constructor(options: SluiceOptions, port: number, healthPort: number) {
    this.#options = options;
    this.port = port;
    this.healthPort = healthPort;
  }

  static async create(options: SluiceOptions): Promise<Sluice> {
    return new Sluice(options, await freePort(), await freePort());
  }

  get url(): string {
    return `https://${this.#options.host ?? '127.0.0.1'}:${this.port}`;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** `sluice <verb> …` against the same cluster. */
  async cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    return run(NODE, [
      '--disable-warning=ExperimentalWarning',
      MAIN,
      ...args,
      '--kubeconfig',
      this.#options.kubeconfig,
    ]);
  }

  /** The same for a verb that runs until it is told to stop. */
  follow(...args: string[]): Followed {
    const words = ['--disable-warning=ExperimentalWarning', MAIN, ...args, '--kubeconfig', this.#options.kubeconfig];
    const child = spawn(NODE, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    const seen = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (seen.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (seen.err += chunk.toString()));
    const ended = once(child, 'close').then(([code]) => code as number);
    return { seen, ended, interrupt: () => void child.kill('SIGINT') };
  }

  async install(): Promise<string> {
    const { code, out, err } = await this.cli('install', '--webhook-url', this.url);
    if (code !== 0) throw new Error(`sluice install exited ${code}: ${err}${out}`);
    return out;
  }

  launch(): ChildProcess {
    const { kubeconfig, serveKubeconfig = kubeconfig, flags = [], env, main = MAIN } = this.#options;
    const health = `127.0.0.1:${this.healthPort}`;
    const args = ['serve', '--kubeconfig', serveKubeconfig, '--webhook-url', this.url];
    const ports = ['--health-probe-bind-address', health, '--metrics-bind-address', '0'];
    const child = spawn(NODE, [main, ...args, ...ports, ...SHORT_LEASE, ...flags], {
      env: { ...process.env, WEBHOOK_PORT: String(this.port), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.log = (this.log + chunk.toString()).slice(-400_000)));
    }
    const orphaned = (): void => void child.kill('SIGKILL');
    process.once('exit', orphaned);
    child.once('exit', () => {
      process.off('exit', orphaned);
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#ending = endingOf(child);
    });
    this.#child = child;
    this.#ending = undefined;
    return child;
  }

  /** Starts and waits until /readyz says so and this process leads. */
  async start(): Promise<void> {
    this.launch();
    await this.ready();
  }

  async ready(timeoutMs = 60_000): Promise<void> {
    await until(
      'Sluice is ready',
      async () => {
        if (this.#child === undefined) {
          throw new Error(`Sluice has exited (${this.#ending ?? 'it was never started'}):\n${this.log.slice(-4000)}`);
        }
        const answer = await status(this.healthPort);
        if (answer !== 200) throw new Error(`/readyz answers ${answer}:\n${this.log.slice(-4000)}`);
        return true;
      },
      timeoutMs,
    );
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}

/** Leases of seconds, so that a restart after SIGKILL does not wait for the default fifteen. */
const SHORT_LEASE = ['--lease-duration', '2s', '--renew-deadline', '1500ms', '--retry-period', '300ms'];

function status(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/readyz', timeout: 2000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    }).on('error', reject);
  });
}
