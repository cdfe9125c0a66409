// Section `apiserver`: what Sluice costs kube-apiserver. CPU of its process for each write of an annotation of an enrolled
// Deployment that no release is under way of: with Sluice running, with its policies and webhooks alone, and without either.
// Interleaved rounds on a control plane of its own. BENCH_DESIGNS=yes also measures what other designs would cost that were weighed
// and left (docs/adr/0029), with the process stopped.

import type { KubeObject } from '../../src/api/kube.ts';
import { DEPLOYMENTS } from '../../src/api/resources.ts';
import { connect } from '../../src/kube/auth.ts';
import { createClient, type Client } from '../../src/kube/client.ts';
import { layout } from '../cluster/local/paths.ts';
import { livePid } from '../cluster/local/state.ts';
import { deployment, rollout } from '../cluster/support/objects.ts';
import { until } from '../cluster/support/until.ts';
import { at, isHeld, V2 } from '../cluster/support/workloads.ts';
import { World } from '../cluster/support/world.ts';
import { DESIGNS, isDesign, isOf, type Design } from './apiserver-designs.ts';
import { cpuMs } from './process-cpu.ts';
import { median, type Figure, type Section } from './section.ts';
import { USUAL_LEASE } from './usual-lease.ts';

const ROUNDS = 6;
const LEAST_ROUNDS = 4;
/** A round of all states takes half a minute; designs are not part of the whole benchmark. */
const LONGEST_MS = process.env['BENCH_DESIGNS'] === 'yes' ? 600_000 : 200_000;
const WRITES = 300;
/** Before each measurement: whatever has just changed is over when they are. */
const WARM_UP = 60;
const NAMESPACE = 'bench';
const NAME = 'echoserver';
const GOAL = 1.15;

/** `running`: all of Sluice; `alone`: what it put into the API server; `without`: nothing of it; the rest: parts of it alone. */
type State = 'running' | 'alone' | 'without' | Design;

const STATES: readonly State[] = [
  ...(['running', 'alone', 'without'] as const),
  ...(process.env['BENCH_DESIGNS'] === 'yes' ? (Object.keys(DESIGNS) as Design[]) : []),
];

const TARGET = { resource: DEPLOYMENTS, namespace: NAMESPACE, name: NAME };

/** About 10 KB of template. */
function bigDeployment(): object {
  const made = deployment({ name: NAME, namespace: NAMESPACE, replicas: 1 });
  const [container] = made.spec.template.spec.containers;
  const env = Array.from({ length: 90 }, (_, index) => ({ name: `SETTING_${index}`, value: 'x'.repeat(80) }));
  const template = { ...made.spec.template, spec: { containers: [{ ...container, env }] } };
  return { ...made, spec: { ...made.spec, template } };
}

const KINDS = [
  ...['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
  ...['mutatingadmissionpolicies', 'mutatingadmissionpolicybindings'],
  ...['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
].join(',');

/** What explains comes last, because it is what shows that the others of its kind are in force. */
const isLate = (one: KubeObject): boolean => isOf('explain', one);

const asWritten = ({ metadata, status: _status, ...rest }: KubeObject & { status?: unknown }): KubeObject => {
  const { name, labels = {} } = metadata;
  return { ...rest, metadata: { name, labels } };
};

/** Everything that this API server may have of Sluice, put in and taken out. */
class Layers {
  readonly #world: World;
  #objects: KubeObject[] = [];
  #present: KubeObject[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  async remember(): Promise<void> {
    const out = await this.#world.kubectl.do(['get', KINDS, '-l', 'app.kubernetes.io/name=sluice', '-o', 'json']);
    const objects = (JSON.parse(out) as { items: KubeObject[] }).items.map(asWritten);
    this.#objects = [...objects.filter((one) => !isLate(one)), ...objects.filter(isLate)];
    this.#present = this.#objects;
  }

  #of(state: State): KubeObject[] {
    if (state === 'without') return [];
    return isDesign(state) ? DESIGNS[state](this.#objects) : this.#objects;
  }

  async enter(state: State): Promise<void> {
    const { sluice } = this.#world;
    if (state !== 'running') await sluice.stop();
    await this.#be(this.#of(state));
    if (state === 'running' && !sluice.running) await sluice.start();
  }

  async #be(objects: KubeObject[]): Promise<void> {
    if (this.#present === objects || (this.#present.length === 0 && objects.length === 0)) return;
    await this.#write('delete', this.#present);
    await this.#shows(false, this.#present);
    await this.#write('create', objects);
    await this.#shows(true, objects);
    this.#present = objects;
  }

  async #write(verb: 'create' | 'delete', items: KubeObject[]): Promise<void> {
    if (items.length === 0) return;
    await this.#world.kubectl.do([verb, '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  }

  /** What was written is in force, or gone; webhooks are as soon as policies. */
  async #shows(present: boolean, objects: KubeObject[]): Promise<void> {
    const wanted = {
      hold: present && objects.some((one) => isOf('hold', one)),
      explain: present && objects.some((one) => isOf('explain', one)),
    };
    await until(`policies ${present ? 'in force' : 'gone'}`, async () => {
      const seen = await this.#seen();
      if (seen.hold !== wanted.hold || seen.explain !== wanted.explain) throw new Error(JSON.stringify(seen));
      return true;
    });
  }

  /** What an update that is not stored shows, with no process that could answer for the policies. */
  async #seen(): Promise<{ hold: boolean; explain: boolean }> {
    const template = { spec: { containers: [{ name: NAME, image: V2 }] } };
    const { out } = await this.#dryRun({ spec: { template } });
    const { err } = await this.#dryRun({ metadata: { labels: { 'sluice.dev/enrolled': 'false' } } });
    return { hold: isHeld(JSON.parse(out) as KubeObject), explain: err.includes('.explain.sluice.dev') };
  }

  #dryRun(body: object): Promise<{ out: string; err: string }> {
    const patch = ['patch', 'deployment', NAME, '-n', NAMESPACE, '--type=merge', '-p', JSON.stringify(body)];
    return this.#world.kubectl.try([...patch, '--dry-run=server', '-o', 'json']);
  }
}

async function prepare(world: World): Promise<void> {
  await world.kubectl.do(['create', 'namespace', NAMESPACE]);
  await world.kubectl.do(['create', '-f', '-'], JSON.stringify(bigDeployment()));
  await world.kubectl.apply(rollout({ name: NAME, namespace: NAMESPACE, traffic: false }));
  await world.idle(NAMESPACE, NAME);
}

/** Ends when the Deployment's own controller has seen the last write: what it does about them belongs to their price. */
async function write(client: Client, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await client.mergePatch(TARGET, { metadata: { annotations: { 'bench/write': `${Date.now()}-${index}` } } });
  }
  await until('the last write is observed', async () => {
    const object = await client.get(TARGET);
    return object !== undefined && at(object, 'status', 'observedGeneration') === object.metadata.generation;
  });
}

async function measure(client: Client, pid: number): Promise<number> {
  await write(client, WARM_UP);
  const before = cpuMs(pid);
  await write(client, WRITES);
  return (cpuMs(pid) - before) / WRITES;
}

type Rounds = Record<State, number[]>;

async function rounds(client: Client, pid: number, layers: Layers): Promise<Rounds> {
  const found = Object.fromEntries(STATES.map((state) => [state, []])) as unknown as Rounds;
  const began = performance.now();
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round >= LEAST_ROUNDS && performance.now() - began > LONGEST_MS) break;
    // Each state comes first, second and last equally often.
    for (let turn = 0; turn < STATES.length; turn += 1) {
      const state = STATES[(round + turn) % STATES.length] as State;
      await layers.enter(state);
      found[state].push(await measure(client, pid));
    }
  }
  return found;
}

function figure(name: string, ours: number[], without: number[], note?: string): Figure {
  const ratio = median(ours.map((value, index) => value / (without[index] ?? Number.NaN)));
  const reference = { reference: 'without Sluice', referenceValue: median(without) };
  return { name, value: median(ours), unit: 'ms', ...reference, ratio, ...(note === undefined ? {} : { note }) };
}

/** The process to look at must be one of this machine. */
function apiServerOf(world: World): number {
  const pid = livePid(layout(world.cluster.name), 'kube-apiserver')?.pid;
  if (pid === undefined || process.platform !== 'linux')
    throw new Error('this section needs Linux and a kube-apiserver that runs as a process: SLUICE_CLUSTER=processes');
  return pid;
}

export const run: Section['run'] = async (say) => {
  process.env['SLUICE_CLUSTER'] ??= 'processes';
  const world = new World();
  try {
    await world.start('bench-apiserver', USUAL_LEASE);
    await world.sluice.start();
    const pid = apiServerOf(world);
    await prepare(world);
    const layers = new Layers(world);
    await layers.remember();
    const connection = await connect({ kubeconfig: world.cluster.kubeconfig });
    const found = await rounds(createClient(connection), pid, layers);
    const { running, alone, without } = found;
    await connection.close();
    const bytes = JSON.stringify(at(bigDeployment(), 'spec', 'template')).length;
    say(`${without.length} interleaved rounds of ${WRITES} writes; a template of ${bytes} bytes`);
    return [
      figure('apiserver.cpu-per-write', running, without, `Sluice runs; goal: ratio at most ${GOAL.toFixed(2)}`),
      figure('apiserver.policies-alone', alone, without, 'its process is stopped'),
      ...STATES.filter(isDesign).map((state) =>
        figure(`apiserver.${state}`, found[state], without, 'weighed and left'),
      ),
    ];
  } finally {
    await world.stop();
  }
};
