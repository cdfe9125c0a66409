// The case in motion: API server, Kubernetes, one Sluice process, a user, and a virtual clock. Nothing sleeps: when nobody has
// anything to do, time moves on to the next deadline. Every write is judged by the invariants.

import type { JsonObject, KubeObject, Resource } from '../../../../../src/api/kube.ts';
import { LABEL } from '../../../../../src/api/names.ts';
import {
  BATCH_RELEASES,
  CONTROLLER_REVISIONS,
  DEPLOYMENTS,
  HTTP_ROUTES,
  INGRESSES,
  REPLICA_SETS,
  ROLLOUTS,
  SERVICES,
  STATEFUL_SETS,
  TRAFFIC_ROUTINGS,
} from '../../../../../src/api/resources.ts';
import type { Rollout, RolloutStatus } from '../../../../../src/api/rollout.ts';
import type { TrafficRouting } from '../../../../../src/api/traffic-routing.ts';
import { admit } from './admission.ts';
import { admitReally } from './real-admission.ts';
import { ApiServer, merged, type Write } from './api-server.ts';
import { Controller, type Part } from './controller.ts';
import { Invariants } from './invariants.ts';
import { Kubernetes } from './kubernetes.ts';
import * as objects from './objects.ts';

export const WEB = objects.WEB;
const START = Date.parse('2026-03-01T10:00:00.250Z');
const MS_A_WRITE = 7;
/** More than any scenario needs between two moves of the clock. */
const HOT = 600;

export type Turn = Part | 'kubernetes';
const TURNS: Turn[] = ['kubernetes', 'batch', 'rollout', 'routing'];
/** Whom a change of an object wakes, as the shell's triggers do. Nobody watches pods. */
const WAKES: Record<string, Turn[]> = {
  [ROLLOUTS.plural]: ['rollout', 'routing'],
  [TRAFFIC_ROUTINGS.plural]: ['routing', 'rollout'],
  [BATCH_RELEASES.plural]: ['batch', 'rollout'],
  [DEPLOYMENTS.plural]: ['batch', 'rollout'],
  [STATEFUL_SETS.plural]: ['batch', 'rollout'],
  [CONTROLLER_REVISIONS.plural]: ['batch', 'rollout'],
  [REPLICA_SETS.plural]: ['batch', 'rollout'],
  [SERVICES.plural]: ['rollout', 'routing'],
  [INGRESSES.plural]: ['rollout', 'routing'],
  [HTTP_ROUTES.plural]: ['rollout', 'routing'],
};

const beginnings = new Map<string, { server: ApiServer; now: number }>();

export class World {
  now = START;
  readonly server = new ApiServer(() => this.now);
  readonly kubernetes = new Kubernetes(this.server, () => this.now);
  readonly controller = new Controller(this.server, () => this.now, WEB);
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
  /** The HTTPRoute as the user wants it now, when that is not as it began. */
  userRoute: KubeObject | undefined;
  readonly #dirty = new Set<Turn>(TURNS);

  /** A workload that runs v1, and an idle Rollout. */
  constructor(parts: objects.RolloutParts = {}) {
    this.workloads = parts.kind === undefined ? DEPLOYMENTS : STATEFUL_SETS;
    this.invariants = new Invariants(this.server, () => this.now, (parts.grace ?? objects.GRACE_SECONDS) * 1000);
    this.server.onWrite = (write) => this.#written(write);
    const known = beginnings.get(JSON.stringify(parts)) ?? this.#begin(parts);
    if (known.server !== this.server) known.server.copyTo(this.server);
    this.now = known.now;
    this.writes.length = 0;
  }

  /** The same for every world with these parts, so it is played once. */
  #begin(parts: objects.RolloutParts): { server: ApiServer; now: number } {
    this.server.create(
      'kubectl',
      this.workloads,
      parts.kind === undefined ? objects.deployment() : objects.statefulSet(),
    );
    this.server.create('kubectl', SERVICES, objects.service());
    this.server.create('kubectl', INGRESSES, objects.ingress());
    if (parts.gateway === true) this.server.create('kubectl', HTTP_ROUTES, objects.httpRoute());
    if (parts.shared !== undefined) this.server.create('kubectl', TRAFFIC_ROUTINGS, objects.trafficRouting(parts));
    this.advanceUntilQuiet();
    this.server.create('kubectl', ROLLOUTS, objects.rollout(parts));
    this.advanceUntilQuiet();
    const copy = { server: new ApiServer(() => 0), now: this.now };
    this.server.copyTo(copy.server);
    beginnings.set(JSON.stringify(parts), copy);
    return { server: this.server, now: this.now };
  }

  #written(write: Write): void {
    for (const turn of WAKES[write.resource.plural] ?? []) this.#dirty.add(turn);
    this.#dirty.add('kubernetes');
    this.now += MS_A_WRITE;
    this.writes.push(write);
    this.times.push({ text: textOf(write), at: this.now });
    this.invariants.check(write);
    this.onWrite(write, this.writes.length - 1);
  }

  /** Until nobody has anything to do at this moment. */
  settle(): void {
    for (let moves = 0; this.#dirty.size > 0; moves += 1) {
      if (moves > HOT) throw new Error(`hot loop: ${this.writes.slice(-6).map(textOf).join(' | ')}`);
      const turn = this.pick(TURNS.filter((one) => this.#dirty.has(one)));
      const acted = turn === 'kubernetes' ? this.kubernetes.step() : this.controller.run(turn);
      if (!acted) this.#dirty.delete(turn);
    }
  }

  /** What has nothing to do says so again, and a wait says what for. */
  #checkQuiet(): void {
    for (const part of ['rollout', 'batch', 'routing'] as const) {
      const plan = this.controller.plan(part);
      if (plan !== undefined && plan.actions.length > 0) throw new Error(`not quiet: ${plan.actions[0]?.why ?? ''}`);
    }
    const { status } = this.rollout ?? {};
    if (this.rollout !== undefined && (status?.message ?? '') === '') throw new Error('a wait without a message');
  }

  /** To the next deadline; false when only an event can wake anybody. */
  advance(): boolean {
    this.settle();
    const times = [...Object.values(this.controller.wakeAt), this.kubernetes.nextAt()].filter(
      (time): time is number => time !== undefined,
    );
    if (times.length === 0) {
      this.#checkQuiet();
      return false;
    }
    const next = Math.min(...times);
    if (next <= this.now) throw new Error('a deadline in the past');
    this.now = next;
    for (const turn of TURNS) this.#dirty.add(turn);
    return true;
  }

  advanceUntilQuiet(): void {
    for (let moves = 0; this.advance(); moves += 1) if (moves > 200) throw new Error('time moves and nothing ends');
  }

  /** Runs until `isThere`, or fails saying where it stopped. */
  runUntil(isThere: () => boolean): void {
    for (;;) {
      this.settle();
      if (isThere()) return;
      if (!this.advance()) throw new Error(`stopped at ${this.describe()}`);
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

  /** The user's update of the workload; throws when it is refused. */
  update(patch: JsonObject): void {
    const old = this.workload;
    if (old === undefined) throw new Error('there is no workload');
    const next = merged(old, patch) as KubeObject;
    const { metadata, spec } =
      this.workloads === DEPLOYMENTS
        ? admit(this.server, old, next, this.policyAlone)
        : admitReally(this.server, this.workloads, old, next);
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
