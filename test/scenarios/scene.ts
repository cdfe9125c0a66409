// One cell of the table in a namespace of its own: sets up what a user has, gives scenarios their words, keeps the watchdog
// told of what was approved, and waits for the end.

import type { JsonObject, KubeObject, Resource } from '../../src/api/kube.ts';
import { CONDITION, PHASE, PROGRESSING_REASON, STEP, TEXT } from '../../src/api/names.ts';
import { BATCH_RELEASES, ROLLOUTS } from '../../src/api/resources.ts';
import { conditionOf } from '../../src/objects/status.ts';
import { openEnds } from './end.ts';
import type { Route } from './route.ts';
import { V1, type Step } from './scenario.ts';
import { shownIn, type Entered } from './shown.ts';
import { Sight, type Cast } from './sight.ts';
import type { Stage } from './stage.ts';
import { NAME, REPLICAS, workloadOf, type Subject } from './subject.ts';
import { Told, type Wanted } from './told.ts';
import { imageOf, isLive, isReady, Watchdog } from './watchdog.ts';
import { isEnrolled } from './wanted.ts';

const LONGEST_MS = 60_000;

/** What it is called, what it says of itself in docs/conformance.md, and what a user does in it, in order. */
export interface Scenario {
  name: string;
  tells: string;
  steps: readonly Step[];
  /** Of the Rollout. */
  annotations?: Record<string, string>;
  /** Why it does not apply, in words; undefined = it does. */
  unless?(subject: Subject, route: Route): string | undefined;
  play(on: Scene): Promise<void>;
}

export interface Cell extends Cast {
  scenario: Scenario;
}

export interface SceneOptions {
  /** Of the namespace. */
  prefix?: string;
  /** For one wait. */
  longestMs?: number;
}

export class Scene extends Sight {
  /** As the user wants it by now. */
  image = V1;
  replicas = REPLICAS;
  /** Made smaller mid-release: the native controllers choose which pods go, and so which have to be made again, and when. */
  isPodLeftByChoice = false;
  /** phase undefined = the Rollout is gone. */
  ends: { phase: string | undefined; enrolled: boolean } = { phase: PHASE.healthy, enrolled: true };
  readonly #scenario: Scenario;
  readonly #before = new Map<Resource, KubeObject>();
  #steps: readonly Step[];
  #step = 1;
  /** New pods that the step has in the end. */
  #expected = 0;
  #isPaused = false;
  #dog!: Watchdog;
  readonly #told = new Told();
  #mustTell: readonly Wanted[] | undefined;
  #unwatch = (): void => undefined;

  private constructor(stage: Stage, cell: Cell, namespace: string, longestMs: number) {
    super(stage, cell, namespace, longestMs);
    this.#scenario = cell.scenario;
    this.#steps = cell.scenario.steps;
  }

  /** The user's objects are there and settled, then a Rollout governs them. */
  static async open(stage: Stage, cell: Cell, options: SceneOptions = {}): Promise<Scene> {
    const { prefix = 'scene', longestMs = LONGEST_MS } = options;
    const scene = new Scene(stage, cell, await stage.namespace(prefix), longestMs);
    await scene.#setUp();
    return scene;
  }

  async play(): Promise<void> {
    await this.#scenario.play(this);
    await this.until('the end is as the user wants it', () => openEnds(this));
    this.#unwatch();
    const wrong = this.#mustTell === undefined ? [] : this.#told.lacks(this.#mustTell);
    if (wrong.length > 0) throw new Error(wrong.join('; '));
    if (this.#dog.broken.size > 0) throw new Error(`on the way: ${[...this.#dog.broken].join('; ')}`);
  }

  close(): Promise<void> {
    this.#unwatch();
    return this.stage.removeNamespace(this.namespace);
  }

  /**
   * Everything gone at once and the namespace left empty, for whoever plays so many that the namespace controller would not keep
   * up: what it has not come to yet is released on and on.
   */
  async clear(): Promise<void> {
    this.#unwatch();
    // Sluice is left nothing to finish.
    for (const resource of [ROLLOUTS, BATCH_RELEASES, this.subject.resource, ...this.route.resources]) {
      for (const object of this.list(resource)) await this.stage.api.erase(resource, object);
    }
  }

  /** As it was stored before the Rollout came. */
  before(resource: Resource): KubeObject {
    const found = this.#before.get(resource);
    if (found === undefined) throw new Error(`${resource.kind} is none of the user's`);
    return found;
  }

  // What a user does.

  async update(image: string): Promise<void> {
    // Where a newer revision takes over, the old one may be grown again and shrunk by other pods.
    const isTakenOver = this.image !== V1 && image !== V1 && this.subject.style === 'partition';
    if (isTakenOver) this.#dog.lower({ untouched: 0 });
    this.image = image;
    this.#step = 1;
    this.#expected = 0;
    if (image !== V1) this.#release(this.#isPaused ? 0 : 1);
    const containers = [{ name: NAME, image, ports: [{ containerPort: 8080 }] }];
    await this.#patchWorkload({ template: { spec: { containers } } });
  }

  async approve(): Promise<void> {
    this.#step += 1;
    if (!this.#isPaused) this.#release(this.#step);
    await this.#patchRollout({ status: { canaryStatus: { currentStepState: STEP.stepReady } } }, 'status');
  }

  async jump(step: number): Promise<void> {
    this.#step = step;
    this.#release(step);
    await this.#patchRollout({ status: { canaryStatus: { nextStepIndex: step } } }, 'status');
  }

  async pause(): Promise<void> {
    this.#isPaused = true;
    await this.#patchRollout({ spec: { strategy: { paused: true } } });
  }

  async resume(): Promise<void> {
    this.#isPaused = false;
    this.#release(this.#step);
    await this.#patchRollout({ spec: { strategy: { paused: false } } });
  }

  async edit(steps: readonly Step[]): Promise<void> {
    this.#steps = steps;
    this.#release(this.#step);
    await this.#patchRollout({ spec: { strategy: { canary: { steps: this.#written(steps) as JsonObject[] } } } });
  }

  async scale(replicas: number): Promise<void> {
    const added = this.subject.addedPodsAreNew ? Math.max(0, replicas - this.replicas) : 0;
    // The highest ordinals go first, and they are the new ones; pods beside the workload stay.
    const isLost = replicas < this.replicas && this.subject.style === 'partition';
    // Old pods grow first, and make way for new ones then: which of them go is for the ReplicaSet's controller to choose.
    const isChosen = this.subject.style === 'partition' && !this.subject.addedPodsAreNew;
    if (isChosen) this.#dog.lower({ untouched: 0 });
    if (isChosen && replicas < this.replicas) this.isPodLeftByChoice = true;
    this.replicas = replicas;
    this.#expected = isLost ? 0 : this.#expected + added;
    this.#release(this.#step);
    this.#dog.allow(this.image, this.#expected);
    await this.#patchWorkload({ replicas });
  }

  async disable(): Promise<void> {
    this.#free();
    this.ends = { phase: PHASE.disabled, enrolled: false };
    await this.#patchRollout({ spec: { disabled: true } });
  }

  async deleteRollout(): Promise<void> {
    this.#free();
    this.ends = { phase: undefined, enrolled: false };
    await this.stage.api.delete(ROLLOUTS, this.namespace, NAME);
  }

  async deleteWorkload(): Promise<void> {
    this.#free();
    this.#dog.lower({ ready: 0 });
    await this.stage.api.delete(this.subject.resource, this.namespace, NAME);
    await this.until('the release ends without its workload', () => this.lacks({ phase: PHASE.initial }));
    await this.until('no pod is left', () => this.pods.map(({ metadata }) => metadata.name));
  }

  async recreateWorkload(image: string): Promise<void> {
    this.image = image;
    await this.stage.api.create(this.subject.resource, this.namespace, workloadOf(this.subject, this.namespace, image));
    await this.#enrolled();
    this.#unwatch();
    this.#watch();
  }

  // What a user sees.

  /** The step waits for approval, with its pods ready and its share of the requests. */
  async inStep(step: number): Promise<void> {
    this.#step = step;
    const wanted = { phase: PHASE.progressing, currentStepIndex: step, currentStepState: STEP.stepPaused };
    await this.until(`step ${step} waits for approval`, () => [...this.lacks(wanted), ...this.#stepEnds()]);
  }

  /** By the end a watching client was told these, in this order, and nothing else. */
  mustTell(states: readonly Wanted[]): void {
    this.#mustTell = states;
  }

  /** States of a step of the plan, for `mustTell`. */
  shown(index: number, entered: Partial<Pick<Entered, 'hasPods' | 'isBegin'>> = {}): Wanted[] {
    const { isBegin = false, hasPods = false } = entered;
    const step = this.#scenario.steps[index - 1];
    if (step === undefined) throw new Error(`there is no step ${index}`);
    return shownIn(index, step, { isBegin, hasPods, isRouted: this.route.routing !== undefined });
  }

  async isPaused(): Promise<void> {
    await this.until('the release is paused', () => {
      const reason = conditionOf(this.status.conditions, CONDITION.progressing)?.reason;
      return reason === PROGRESSING_REASON.paused ? [] : [`its reason is ${String(reason)}`];
    });
  }

  async completes(): Promise<void> {
    await this.until('the release completes', () =>
      this.lacks({ phase: PHASE.healthy, message: TEXT.progressingCompleted }),
    );
  }

  async isCancelled(): Promise<void> {
    await this.until('the release is cancelled', () =>
      this.lacks({ phase: PHASE.healthy, message: TEXT.progressingCanceled }),
    );
  }

  async explains(word: string): Promise<void> {
    await this.until(`the message names ${word}`, () => {
      const { message = '' } = this.status;
      return message.includes(word) ? [] : [`the message is: ${message}`];
    });
  }

  async #setUp(): Promise<void> {
    const { stage, subject, route, namespace } = this;
    await stage.api.create(subject.resource, namespace, workloadOf(subject, namespace, V1));
    for (const { resource, body } of route.objects(namespace)) await stage.api.create(resource, namespace, body);
    await this.until('the workload runs', () => (this.isOut ? [] : ['it does not']));
    for (const resource of [subject.resource, ...route.resources]) {
      await this.until(`${resource.kind} is stored`, () => (this.find(resource) ? [] : ['no']));
      this.#before.set(resource, this.find(resource) as KubeObject);
    }
    await stage.api.create(ROLLOUTS, namespace, this.#rollout());
    await this.#enrolled();
    this.#watch();
  }

  #rollout(): object {
    const { apiVersion, kind } = workloadOf(this.subject, this.namespace, V1);
    const routing = this.route.routing === undefined ? {} : { trafficRoutings: [this.route.routing] };
    const canary = { ...this.subject.strategy, steps: this.#written(this.#steps), ...routing };
    return {
      apiVersion: 'rollouts.kruise.io/v1beta1',
      kind: 'Rollout',
      metadata: { name: NAME, namespace: this.namespace, annotations: this.#scenario.annotations ?? {} },
      spec: { workloadRef: { apiVersion, kind, name: NAME }, strategy: { canary } },
    };
  }

  #written(steps: readonly Step[]): object[] {
    const isRouted = this.route.routing !== undefined;
    return steps.map(({ pods, requests }) => ({
      replicas: `${pods}%`,
      ...(isRouted && requests !== undefined ? { traffic: `${requests}%` } : {}),
    }));
  }

  async #enrolled(): Promise<void> {
    await this.until('the Rollout governs the workload', () => {
      const workload = this.workload;
      if (workload === undefined || !this.isOut) return ['the workload is not out'];
      return [...this.lacks({ phase: PHASE.healthy }), ...(isEnrolled(workload) ? [] : ['it is not enrolled'])];
    });
  }

  #watch(): void {
    this.#dog = new Watchdog(this.pods);
    const look = (): void => {
      this.#dog.look(this.pods, this.share);
      this.#told.look(this.status);
    };
    this.#unwatch = this.stage.onChange(this.namespace, look);
    look();
  }

  /** From now on the pods and requests of this step are approved; 0 = of none. */
  #release(step: number): void {
    const { pods = 0, requests = 0 } = this.#steps[step - 1] ?? {};
    if (pods === 100) return this.#free();
    const size = Math.ceil((pods * this.replicas) / 100);
    // Pods that run the new revision are not taken back by a smaller step.
    this.#expected = Math.max(this.#expected, size);
    if (this.image !== V1) this.#dog.allow(this.image, size);
    const isInPlace = this.subject.style === 'partition' && size > 0;
    this.#dog.lower({
      ready: this.replicas - (isInPlace ? this.subject.maxUnavailable : 0),
      untouched: this.replicas - (isInPlace ? size : 0),
      old: this.replicas - (isInPlace ? size : 0),
      share: this.route.routing === undefined ? 0 : requests,
    });
  }

  /** The workload rolls out by itself. */
  #free(): void {
    this.#dog.allow(this.image, Infinity);
    this.#dog.lower({ ready: this.replicas - this.subject.maxUnavailable, untouched: 0, old: 0, share: 100 });
  }

  #stepEnds(): string[] {
    const { requests = 0 } = this.#steps[this.#step - 1] ?? {};
    const live = this.pods.filter(isLive);
    const pods = live.filter((pod) => imageOf(pod) === this.image);
    const isBeside = this.subject.style === 'canary' && this.image !== V1;
    const total = this.replicas + (isBeside ? this.#expected : 0);
    const share = this.share;
    const isShared = this.route.routing === undefined || share === requests;
    const isThere = this.image === V1 || (pods.length === this.#expected && pods.every(isReady));
    return [
      ...(isThere ? [] : [`${pods.length} pods run ${this.image}, not ${this.#expected}, or not all are ready`]),
      ...(live.length === total ? [] : [`there are ${live.length} pods, not ${total}`]),
      ...(isShared ? [] : [`${share} % of requests go to new pods, not ${requests} %`]),
    ];
  }

  async #patchWorkload(spec: JsonObject): Promise<void> {
    await this.stage.api.patch(this.subject.resource, this.namespace, NAME, { spec });
  }

  async #patchRollout(body: JsonObject, subresource?: string): Promise<void> {
    await this.stage.api.patch(ROLLOUTS, this.namespace, NAME, body, subresource);
  }
}
