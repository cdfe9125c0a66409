// The case in motion: API server, Kubernetes, one Sluice process, a user, and a virtual clock. Nothing sleeps: when nobody has
// anything to do, time moves on to the next deadline. Every write is judged by the invariants.

import type { JsonObject, KubeObject, Resource } from '../../../../../src/api/kube.ts';
import { ANNOTATION, LABEL } from '../../../../../src/api/names.ts';
import {
  BATCH_RELEASES,
  DEPLOYMENTS,
  HTTP_ROUTES,
  INGRESSES,
  ROLLOUTS,
  SERVICES,
  STATEFUL_SETS,
  TRAFFIC_ROUTINGS,
} from '../../../../../src/api/resources.ts';
import type { Rollout, RolloutStatus } from '../../../../../src/api/rollout.ts';
import { holdAnnounced } from '../../../../../src/core/admission/announcement.ts';
import { applied } from '../../../../../src/lib/json-patch.ts';
import { inProgressOf } from '../../../../../src/objects/marks.ts';
import type { TrafficRouting } from '../../../../../src/api/traffic-routing.ts';
import { admit } from './admission.ts';
import { admitReally } from './real-admission.ts';
import { ApiServer, merged, type Write } from './api-server.ts';
import { Controller, PARTS, type Part } from './controller.ts';
import { Invariants } from './invariants.ts';
import { Kubernetes } from './kubernetes.ts';
import * as objects from './objects.ts';

export const WEB = objects.WEB;
const START = Date.parse('2026-03-01T10:00:00.250Z');
const MS_A_WRITE = 7;
/** More than any scenario needs between two moves of the clock. */
const HOT = 600;
/** Moves of others before the watches tell something all the same. */
const LONGEST_LAG = 9;

/** `watches`: what was written reaches the tables of the process; only where they lag. */
export type Turn = Part | 'kubernetes' | 'watches';
const TURNS: Turn[] = ['kubernetes', 'batch', 'rollout', 'routing', 'watches'];

const beginnings = new Map<string, { server: ApiServer; now: number }>();

export class World {
  readonly #dirty = new Set<Turn>(TURNS);
  now = START;
  readonly server = new ApiServer(() => this.now);
  readonly kubernetes = new Kubernetes(this.server, () => this.now);
  readonly controller = new Controller(
    this.server,
    () => this.now,
    (part) => void this.#dirty.add(part),
  );
  readonly invariants: Invariants;
  readonly workloads: Resource;
  readonly writes: Write[] = [];
  /** The same as text, with the time after each. */
  readonly times: { text: string; at: number }[] = [];
  /** Told after each write and after the invariants; may act as the user, or kill the process. */
  onWrite: (write: Write, index: number) => void = () => {};
  /** Does something after so many writes more. */
  later: (writes: number, does: (world: World) => void) => void = () => {};
  /** Who goes first, of those that may have something to do. */
  pick: (from: Turn[]) => Turn = (from) => from[0] as Turn;
  /** No webhook answers: the policy alone holds. */
  policyAlone = false;
  /** The tables of the process learn last what others have written: when nobody has anything else to do. */
  tablesLag = false;
  /** The HTTPRoute as the user wants it now, when that is not as it began. */
  userRoute: KubeObject | undefined;

  /** A workload that runs v1, and an idle Rollout. */
  static async of(parts: objects.RolloutParts = {}): Promise<World> {
    const key = JSON.stringify(parts);
    const known = beginnings.get(key) ?? (await new World(parts).#begin(parts));
    beginnings.set(key, known);
    const world = new World(parts);
    known.server.copyTo(world.server);
    world.now = known.now;
    world.restart();
    return world;
  }

  private constructor(parts: objects.RolloutParts) {
    this.workloads = parts.kind === undefined ? DEPLOYMENTS : STATEFUL_SETS;
    this.invariants = new Invariants(this.server, () => this.now, (parts.grace ?? objects.GRACE_SECONDS) * 1000);
    this.server.onWrite = (write) => this.#written(write);
  }

  /** The same for every world with these parts, so it is played once. */
  async #begin(parts: objects.RolloutParts): Promise<{ server: ApiServer; now: number }> {
    this.server.create(
      'kubectl',
      this.workloads,
      parts.kind === undefined ? objects.deployment() : objects.statefulSet(),
    );
    this.server.create('kubectl', SERVICES, objects.service());
    this.server.create('kubectl', INGRESSES, objects.ingress());
    if (parts.gateway === true) this.server.create('kubectl', HTTP_ROUTES, objects.httpRoute());
    if (parts.shared !== undefined) this.server.create('kubectl', TRAFFIC_ROUTINGS, objects.trafficRouting(parts));
    await this.advanceUntilQuiet();
    this.server.create('kubectl', ROLLOUTS, objects.rollout(parts));
    await this.advanceUntilQuiet();
    return { server: this.server, now: this.now };
  }

  #written(write: Write): void {
    this.controller.hear(write, this.tablesLag);
    this.#dirty.add('kubernetes');
    if (this.tablesLag) this.#dirty.add('watches');
    this.now += MS_A_WRITE;
    this.writes.push(write);
    this.times.push({ text: textOf(write), at: this.now });
    this.invariants.check(write);
    this.onWrite(write, this.writes.length - 1);
  }

  /** Until nobody has anything to do at this moment. */
  async settle(): Promise<void> {
    for (let moves = 1; this.#dirty.size > 0; moves += 1) {
      if (moves > HOT) throw new Error(`hot loop: ${this.writes.slice(-6).map(textOf).join(' | ')}`);
      // Watches lag, and do not stop.
      if (moves % LONGEST_LAG === 0) this.controller.catchUp();
      const turn = this.pick(TURNS.filter((one) => this.#dirty.has(one)));
      if (!(await this.#take(turn))) this.#dirty.delete(turn);
    }
  }

  /** False when there was nothing to do. */
  #take(turn: Turn): boolean | Promise<boolean> {
    if (turn === 'kubernetes') return this.kubernetes.step();
    return turn === 'watches' ? this.controller.catchUp() : this.controller.run(turn);
  }

  /** What has nothing to do says so again, and a wait says what for. */
  async #checkQuiet(): Promise<void> {
    for (const part of PARTS) {
      const [action] = await this.controller.plan(part);
      if (action !== undefined) throw new Error(`not quiet: ${action.why}`);
    }
    const { status } = this.rollout ?? {};
    if (this.rollout !== undefined && (status?.message ?? '') === '') throw new Error('a wait without a message');
  }

  /** To the next deadline; false when only an event can wake anybody. */
  async advance(): Promise<boolean> {
    await this.settle();
    const times = [...Object.values(this.controller.wakeAt), this.kubernetes.nextAt()].filter(
      (time): time is number => time !== undefined,
    );
    if (times.length === 0) {
      await this.#checkQuiet();
      return false;
    }
    // Writes take time, so one may be over by now.
    this.now = Math.max(this.now, Math.min(...times));
    for (const turn of TURNS) this.#dirty.add(turn);
    return true;
  }

  async advanceUntilQuiet(): Promise<void> {
    for (let moves = 0; await this.advance(); moves += 1)
      if (moves > 200) throw new Error('time moves and nothing ends');
  }

  /** Runs until `isThere`, or fails saying where it stopped. */
  async runUntil(isThere: () => boolean): Promise<void> {
    for (;;) {
      await this.settle();
      if (isThere()) return;
      if (!(await this.advance())) throw new Error(`stopped at ${this.describe()}`);
    }
  }

  restart(): void {
    this.controller.restart();
    for (const turn of TURNS) this.#dirty.add(turn);
  }

  get rollout(): Rollout | undefined {
    return this.server.get(ROLLOUTS, WEB) as Rollout | undefined;
  }
  get status(): RolloutStatus {
    return this.rollout?.status ?? {};
  }
  get routing(): TrafficRouting | undefined {
    return this.server.get(TRAFFIC_ROUTINGS, objects.LANE) as TrafficRouting | undefined;
  }
  get workload(): KubeObject | undefined {
    return this.server.get(this.workloads, WEB);
  }
  get canary(): KubeObject | undefined {
    return this.server.list(DEPLOYMENTS).find(({ metadata }) => metadata.name !== WEB);
  }

  /** Share of requests that the canary Ingress takes. */
  get weight(): string | undefined {
    const route = this.server.get(INGRESSES, `${WEB}-canary`);
    return route?.metadata.annotations?.['nginx.ingress.kubernetes.io/canary-weight'];
  }
  get isPinned(): boolean {
    const { selector } = this.server.get(SERVICES, WEB)?.['spec'] as { selector: Record<string, string> };
    return selector[LABEL.podTemplateHash] !== undefined;
  }
  get reason(): string | undefined {
    return this.status.conditions?.find(({ type }) => type === 'Progressing')?.reason;
  }
  get isWaitingForApproval(): boolean {
    const { phase, currentStepState, canaryStatus } = this.status;
    const { steps = [] } = this.rollout?.spec.strategy.canary ?? {};
    const timed = steps[(canaryStatus?.currentStepIndex ?? 1) - 1]?.pause?.duration !== undefined;
    return phase === 'Progressing' && this.reason === 'InRolling' && currentStepState === 'StepPaused' && !timed;
  }

  describe(): string {
    const { phase, message, currentStepIndex, currentStepState, conditions = [] } = this.status;
    const release = this.server.get(BATCH_RELEASES, WEB)?.['status'] as { message?: string } | undefined;
    return JSON.stringify({ phase, message, currentStepIndex, currentStepState, conditions, batch: release?.message });
  }

  /** The webhook tells of a hold before it answers. */
  announceHold(at = this.now): void {
    const { rollout } = this;
    const told = rollout === undefined ? undefined : holdAnnounced(rollout, at);
    const edits = (told?.operations ?? []).filter((one) => one.op !== 'test');
    if (rollout === undefined || told === undefined) return;
    const { status } = applied(rollout, edits) as Rollout;
    this.server.patch('webhook', ROLLOUTS, WEB, { status: status as JsonObject }, { subresource: 'status' });
  }

  /** The user's update of the workload; throws when it is refused. */
  update(patch: JsonObject): void {
    const old = this.workload;
    if (old === undefined) throw new Error('there is no workload');
    const next = merged(old, patch) as KubeObject;
    const { metadata, spec } =
      this.workloads === DEPLOYMENTS
        ? admit(this.server, old, next, this.policyAlone)
        : admitReally(this.server, this.workloads, old, next);
    if (
      !this.policyAlone &&
      inProgressOf(old) === undefined &&
      metadata.annotations?.[ANNOTATION.inProgressing]?.startsWith('{')
    )
      this.announceHold();
    const { labels = {}, annotations = {} } = metadata;
    const dropped = (present: object | undefined, kept: object): JsonObject =>
      Object.fromEntries(Object.keys(present ?? {}).flatMap((key) => (Object.hasOwn(kept, key) ? [] : [[key, null]])));
    const body = {
      metadata: {
        labels: { ...dropped(old.metadata.labels, labels), ...labels },
        annotations: { ...dropped(old.metadata.annotations, annotations), ...annotations },
      },
      spec: { ...dropped(old['spec'] as object, spec as object), ...(spec as JsonObject) },
    };
    this.server.patch('kubectl', this.workloads, WEB, body);
  }

  setImage(image: string): void {
    const { containers } = objects.template(image).spec;
    this.update({ spec: { template: { spec: { containers } } } });
  }

  image(): string {
    const spec = this.workload?.['spec'] as { template: { spec: { containers: { image: string }[] } } } | undefined;
    return spec?.template.spec.containers[0]?.image.replace('web:', '') ?? '';
  }

  patchRollout(patch: JsonObject): void {
    this.server.patch('kubectl', ROLLOUTS, WEB, patch);
  }
  patchStatus(canaryStatus: JsonObject): void {
    this.server.patch('kubectl', ROLLOUTS, WEB, { status: { canaryStatus } }, { subresource: 'status' });
  }
  approve(): void {
    this.patchStatus({ currentStepState: 'StepReady' });
  }
}

export const textOf = ({ actor, verb, resource, name }: Write): string => `${actor} ${verb} ${resource.plural}/${name}`;
