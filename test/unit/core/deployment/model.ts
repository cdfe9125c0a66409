// A Deployment in partition style with everybody who acts on it: kube-controller-manager as it treats a paused Deployment of
// type Recreate, ReplicaSets with pods, and our plan, whose writes are performed one at a time against versions.

import type { KubeObject } from '../../../../src/api/kube.ts';
import { ANNOTATION, LABEL } from '../../../../src/api/names.ts';
import { writeDeploymentStrategy, type DeploymentStrategy } from '../../../../src/api/deployment-strategy.ts';
import type { Action } from '../../../../src/objects/actions.ts';
import { boundsOf, type Bounds } from '../../../../src/workloads/deployment-bounds.ts';
import { replicaSetsQuestion } from '../../../../src/core/deployment/deployment-observed.ts';
import { planDeployment } from '../../../../src/core/deployment/plan-deployment.ts';
import { questionKey, type Answers } from '../../../../src/core/tasks/questions.ts';
import { computeHash, sameTemplate } from '../../../../src/objects/revision.ts';
import { projectReplicaSet } from '../../../../src/workloads/replica-sets.ts';
import { template } from '../../workloads/objects.ts';

interface Pod {
  ready: boolean;
}

interface Set {
  object: KubeObject & { spec: { replicas: number; template: ReturnType<typeof template> } };
  pods: Pod[];
}

const imageOf = ({ object }: Set): string => object.spec.template.spec.containers[0]?.image ?? '';
export const BROKEN = 'broken';

/** RFC 7386. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = typeof target === 'object' && target !== null ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

export interface Write {
  action: Action;
  bounds: Bounds;
}

export class Model {
  deployment: KubeObject & { spec: { replicas: number; template: ReturnType<typeof template> } };
  readonly sets: Set[] = [];
  pending: Write[] = [];
  /** Sizes by ReplicaSet, after each write of anybody. */
  readonly history: string[] = [];
  #version = 100;

  constructor(replicas: number, strategy: Partial<DeploymentStrategy> = {}) {
    this.deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop', uid: 'd', resourceVersion: '1', generation: 1, annotations: {} },
      spec: {
        replicas,
        selector: { matchLabels: { app: 'web' } },
        paused: true,
        strategy: { type: 'Recreate' },
        template: template('v1'),
      },
      status: { observedGeneration: 1 },
    } as unknown as Model['deployment'];
    this.strategy = strategy;
    const hash = computeHash(template('v1'));
    this.#create(`web-${hash}`, hash, replicas, { [ANNOTATION.desiredReplicas]: String(replicas) });
    for (const set of this.sets) this.settle(set);
  }

  #strategy: DeploymentStrategy | undefined;

  set strategy(change: Partial<DeploymentStrategy>) {
    const base = { rollingStyle: 'Partition', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } };
    this.#strategy = { ...base, paused: false, partition: 0, ...this.#strategy, ...change };
    this.deployment.metadata.annotations = {
      ...this.deployment.metadata.annotations,
      [ANNOTATION.deploymentStrategy]: writeDeploymentStrategy(this.#strategy),
    };
    this.#touch(this.deployment);
  }

  get bounds(): Bounds {
    return boundsOf(this.#strategy as DeploymentStrategy, this.deployment.spec.replicas);
  }

  setImage(image: string): void {
    this.deployment.spec = { ...this.deployment.spec, template: template(image) };
    this.#newGeneration();
  }

  /** As a release of ours names it. */
  release(image: string, partition: string | number): void {
    this.setImage(image);
    const stable = { [LABEL.stableRevision]: computeHash(template('v1')) };
    this.deployment.metadata.labels = { ...stable, ...this.deployment.metadata.labels };
    this.strategy = { partition, revision: computeHash(template(image)), paused: false };
  }

  scale(replicas: number): void {
    this.deployment.spec = { ...this.deployment.spec, replicas };
    this.#newGeneration();
  }

  #newGeneration(): void {
    this.deployment.metadata.generation = (this.deployment.metadata.generation ?? 0) + 1;
    this.#touch(this.deployment);
  }

  #touch(object: KubeObject): void {
    this.#version += 1;
    object.metadata = { ...object.metadata, resourceVersion: String(this.#version) };
  }

  #create(name: string, hash: string, replicas: number, annotations: Record<string, string>): void {
    const labels = { app: 'web', [LABEL.podTemplateHash]: hash };
    this.#add({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name,
        labels,
        annotations: { ...annotations, [ANNOTATION.deploymentRevision]: '1' },
        ownerReferences: [owner],
      },
      spec: { replicas, template: { ...this.deployment.spec.template, metadata: { labels } } },
    } as KubeObject);
  }

  #add(object: KubeObject): void {
    const order = String(this.sets.length).padStart(2, '0');
    const metadata = { ...object.metadata, namespace: 'shop', uid: object.metadata.name, generation: 1 };
    const made = { ...object, metadata: { ...metadata, creationTimestamp: `2026-01-01T00:00:${order}Z` } };
    this.#touch(made);
    this.sets.push({ object: made as Set['object'], pods: [] });
  }

  get replicaSets(): KubeObject[] {
    return this.sets.map(({ object }) => projectReplicaSet(structuredClone(object)));
  }

  size(image: string): number {
    return this.find(image)?.object.spec.replicas ?? 0;
  }

  find(image: string): Set | undefined {
    return this.sets.find((set) => imageOf(set) === `web:${image}`);
  }

  get total(): number {
    return this.sets.reduce((sum, { object }) => sum + object.spec.replicas, 0);
  }

  /** Pods that serve once every ReplicaSet has its size: those that do not serve go first. */
  get serving(): number {
    return this.sets.reduce(
      (sum, { object, pods }) => sum + Math.min(object.spec.replicas, pods.filter((pod) => pod.ready).length),
      0,
    );
  }

  /** What the API server answers to whatever the plan asks. */
  get answers(): Answers {
    return new Map([[questionKey(replicaSetsQuestion(this.deployment)), this.replicaSets]]);
  }

  /** Decides from what is there; nothing is written yet. True when there is something to write. */
  plan(): boolean {
    const { actions } = planDeployment({
      deployment: structuredClone(this.deployment),
      replicaSets: this.replicaSets,
      namesTaken: 0,
      answers: this.answers,
    });
    this.pending = actions.map((action) => ({ action, bounds: this.bounds }));
    return actions.length > 0;
  }

  /** Performs the next decided write; a version that moved on ends the pass. The write, when it was made. */
  write(): Write | undefined {
    const [next, ...rest] = this.pending;
    this.pending = rest;
    if (next === undefined) return undefined;
    const { action } = next;
    if (action.do === 'create') {
      if (this.sets.some(({ object }) => object.metadata.name === action.target.name)) return undefined;
      this.#add(structuredClone(action.object));
    } else if (!this.#patch(action)) {
      this.pending = [];
      return undefined;
    }
    if (action.target.resource.kind !== 'Deployment') this.note('us');
    return next;
  }

  #patch(action: Action): boolean {
    if (action.do !== 'patch') throw new Error('we delete nothing');
    const set = this.sets.find(({ object }) => object.metadata.name === action.target.name);
    const object = action.target.resource.kind === 'Deployment' ? this.deployment : set?.object;
    if (object === undefined || object.metadata.resourceVersion !== action.resourceVersion) return false;
    const next = merged(object, structuredClone(action.patch)) as Set['object'];
    if (set === undefined) this.deployment = next as Model['deployment'];
    else set.object = next;
    this.#touch(next);
    return true;
  }

  #resize(set: Set, replicas: number): boolean {
    if (set.object.spec.replicas === replicas) return false;
    const annotations = {
      ...set.object.metadata.annotations,
      [ANNOTATION.desiredReplicas]: String(this.deployment.spec.replicas),
      [ANNOTATION.maxReplicas]: String(this.deployment.spec.replicas),
    };
    set.object = {
      ...set.object,
      metadata: { ...set.object.metadata, annotations },
      spec: { ...set.object.spec, replicas },
    };
    this.#touch(set.object);
    this.note('kcm');
    return true;
  }

  /** One write of kube-controller-manager for a paused Deployment; false when it has nothing to do. */
  kcm(): boolean {
    const { replicas } = this.deployment.spec;
    const active = this.sets.filter(({ object }) => object.spec.replicas > 0);
    const fresh = this.sets.find(({ object }) => sameTemplate(object.spec.template, this.deployment.spec.template));
    const newest = fresh ?? this.sets.at(-1);
    if (active.length < 2 && newest !== undefined) {
      if (this.#resize(active[0] ?? newest, replicas)) return true;
    } else if (fresh !== undefined && this.#isSaturated(fresh)) {
      for (const set of active) if (set !== fresh && this.#resize(set, 0)) return true;
    }
    const { generation = 0 } = this.deployment.metadata;
    if (readStatus(this.deployment)['observedGeneration'] === generation) return false;
    this.deployment = { ...this.deployment, status: { observedGeneration: generation } };
    this.#touch(this.deployment);
    return true;
  }

  #isSaturated({ object }: Set): boolean {
    const { replicas } = this.deployment.spec;
    return (
      object.spec.replicas === replicas &&
      object.metadata.annotations?.[ANNOTATION.desiredReplicas] === String(replicas) &&
      readStatus(object)['availableReplicas'] === replicas
    );
  }

  /** One pass of the ReplicaSet controller; its status tells of the pods as they were before. False = nothing to do. */
  replicaSet(set: Set): boolean {
    const ready = set.pods.filter((pod) => pod.ready).length;
    const status = { replicas: set.pods.length, readyReplicas: ready, availableReplicas: ready };
    const told = JSON.stringify(readStatus(set.object)) === JSON.stringify(status);
    const missing = set.object.spec.replicas - set.pods.length;
    if (missing === 0 && told) return false;
    if (missing > 0) set.pods.push(...Array.from({ length: missing }, () => ({ ready: false })));
    if (missing < 0) {
      set.pods.sort((a, b) => Number(b.ready) - Number(a.ready));
      set.pods.length = set.object.spec.replicas;
    }
    set.object = { ...set.object, status };
    this.#touch(set.object);
    return true;
  }

  /** One pod begins to serve; broken images never do. */
  kubelet(): boolean {
    for (const set of this.sets) {
      const pod = set.pods.find(({ ready }) => !ready);
      if (pod === undefined || imageOf(set).startsWith(`web:${BROKEN}`)) continue;
      pod.ready = true;
      return true;
    }
    return false;
  }

  settle(set: Set): void {
    while (this.replicaSet(set)) for (const pod of set.pods) pod.ready = true;
  }

  note(who: string): void {
    this.history.push(`${who}: ${this.sets.map((set) => `${imageOf(set)}=${set.object.spec.replicas}`).join(' ')}`);
  }

  /** Everybody acts until nobody has anything to do. */
  rest(check: (write: Write, before: Before) => void = () => undefined): void {
    for (let steps = 0; steps < 2_000; steps += 1) {
      let moved = this.kcm();
      for (const set of this.sets) moved = this.replicaSet(set) || moved;
      moved = this.kubelet() || moved;
      if (this.plan()) moved = true;
      while (this.pending.length > 0) {
        const before = this.before();
        const write = this.write();
        if (write !== undefined) check(write, before);
      }
      if (!moved) return;
    }
    throw new Error(`does not come to rest: ${this.history.slice(-12).join(' | ')}`);
  }

  before(): Before {
    return {
      total: this.total,
      serving: this.serving,
      sizes: new Map(this.sets.map((set) => [set.object.metadata.name, set.object.spec.replicas])),
    };
  }
}

export interface Before {
  total: number;
  serving: number;
  sizes: Map<string, number>;
}

const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'd', controller: true };
const readStatus = (object: KubeObject): Record<string, unknown> => (object['status'] ?? {}) as Record<string, unknown>;
