// What kube-controller-manager and the kubelet do with Deployments, ReplicaSets and pods, one write at a time: rolling
// updates with 25 % surge, paused Deployments, readiness after a while, garbage collection by owner.

import type { KubeObject, PodTemplate } from '../../../../../src/api/kube.ts';
import { ANNOTATION, LABEL } from '../../../../../src/api/names.ts';
import {
  BATCH_RELEASES,
  DEPLOYMENTS,
  INGRESSES,
  PODS,
  REPLICA_SETS,
  SERVICES,
} from '../../../../../src/api/resources.ts';
import type { ApiServer } from './api-server.ts';
import { hashed } from './hashes.ts';
import { StatefulSets } from './stateful.ts';

const ACTOR = 'kube-controller-manager';
export const READY_AFTER_MS = 1_500;

interface DeploymentSpec {
  replicas: number;
  paused?: boolean;
  template: PodTemplate;
  selector: unknown;
}
const specOf = (deployment: KubeObject): DeploymentSpec => deployment['spec'] as DeploymentSpec;
const replicasOf = (object: KubeObject): number => (object['spec'] as { replicas: number }).replicas;
const READY = [{ type: 'Ready', status: 'True' }];
export const isReady = (pod: KubeObject): boolean => (pod['status'] as { ready?: boolean } | undefined)?.ready === true;
const hashOf = (object: KubeObject): string => hashed(object)['templateHash'] as string;
const isOwnedBy = (object: KubeObject, owner: KubeObject): boolean =>
  (object.metadata.ownerReferences ?? []).some(({ uid }) => uid === owner.metadata.uid);
const reference = (owner: KubeObject) => ({
  apiVersion: owner.apiVersion ?? '',
  kind: owner.kind ?? '',
  name: owner.metadata.name,
  uid: owner.metadata.uid ?? '',
  controller: true,
});
const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
const isImage = (template: PodTemplate, image: string): boolean => template.spec?.containers?.[0]?.image === image;

export class Kubernetes {
  readonly #server: ApiServer;
  readonly #now: () => number;
  #collected = 0;
  readonly #readyAt = new Map<string, number>();
  readonly #stateful: StatefulSets;
  /** Pods that never get ready, whatever they run. */
  isStuck: (pod: KubeObject) => boolean = () => false;

  constructor(server: ApiServer, now: () => number) {
    this.#server = server;
    this.#now = now;
    this.#stateful = new StatefulSets(server, now, (pod) => this.isStuck(pod));
  }

  /** One write; false when there is nothing to do now. */
  step(): boolean {
    return this.#collect() || this.#replicaSets() || this.#ready() || this.#deployments() || this.#stateful.step();
  }

  /** When something happens by itself next. */
  nextAt(): number | undefined {
    const times = this.#server
      .list(PODS)
      .filter((pod) => !isReady(pod) && !this.isStuck(pod))
      .map((pod) => this.#readyAt.get(pod.metadata.uid ?? ''))
      .filter((time) => time !== undefined && time > this.#now()) as number[];
    const stateful = this.#stateful.nextAt();
    if (stateful !== undefined) times.push(stateful);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Only a deletion can leave something without its owner. */
  #collect(): boolean {
    if (this.#server.deletions === this.#collected) return false;
    const seen = this.#server.deletions;
    const uids = new Set(this.#server.all().map(([, { metadata }]) => metadata.uid));
    for (const resource of [BATCH_RELEASES, DEPLOYMENTS, REPLICA_SETS, PODS, SERVICES, INGRESSES]) {
      for (const { metadata } of this.#server.list(resource)) {
        const owners = metadata.ownerReferences ?? [];
        if (owners.length === 0 || owners.some(({ uid }) => uids.has(uid))) continue;
        if (metadata.deletionTimestamp !== undefined) continue;
        this.#server.delete(ACTOR, resource, metadata.name);
        return true;
      }
    }
    this.#collected = seen;
    return false;
  }

  #podsOf(replicaSet: KubeObject): KubeObject[] {
    return this.#server.list(PODS).filter((pod) => isOwnedBy(pod, replicaSet));
  }

  #replicaSets(): boolean {
    return this.#server.list(REPLICA_SETS).some((replicaSet) => {
      const pods = this.#podsOf(replicaSet);
      const wanted = replicasOf(replicaSet);
      if (pods.length < wanted) return this.#createPod(replicaSet);
      if (pods.length > wanted) {
        const [victim] = [...pods].sort((a, b) => Number(isReady(a)) - Number(isReady(b)));
        if (victim === undefined) return false;
        this.#server.delete(ACTOR, PODS, victim.metadata.name);
        return true;
      }
      const ready = pods.filter(isReady).length;
      return this.#status(replicaSet, { replicas: pods.length, readyReplicas: ready, availableReplicas: ready });
    });
  }

  #createPod(replicaSet: KubeObject): boolean {
    const { template } = replicaSet['spec'] as { template: PodTemplate };
    const pod = this.#server.create(ACTOR, PODS, {
      metadata: {
        name: '',
        generateName: `${replicaSet.metadata.name}-`,
        labels: template.metadata?.labels ?? {},
        ownerReferences: [reference(replicaSet)],
      },
      spec: template.spec,
    });
    if (!isImage(template, 'web:broken')) this.#readyAt.set(pod.metadata.uid ?? '', this.#now() + READY_AFTER_MS);
    return true;
  }

  #ready(): boolean {
    const [pod] = this.#server.list(PODS).filter((one) => {
      const at = this.#readyAt.get(one.metadata.uid ?? '');
      return !isReady(one) && !this.isStuck(one) && at !== undefined && at <= this.#now();
    });
    if (pod === undefined) return false;
    this.#server.patch(
      ACTOR,
      PODS,
      pod.metadata.name,
      { status: { ready: true, conditions: READY } },
      { subresource: 'status' },
    );
    return true;
  }

  #deployments(): boolean {
    return this.#server.list(DEPLOYMENTS).some((deployment) => {
      if (deployment.metadata.deletionTimestamp !== undefined) return false;
      const all = this.#server.list(REPLICA_SETS).filter((one) => isOwnedBy(one, deployment));
      const { paused } = specOf(deployment);
      const current = all.find((one) => hashOf(one) === hashOf(deployment));
      const acted = paused === true ? this.#scale(deployment, all) : this.#roll(deployment, all, current);
      return acted || this.#deploymentStatus(deployment, all, current);
    });
  }

  /** Paused: only the size follows. */
  #scale(deployment: KubeObject, all: KubeObject[]): boolean {
    const active = all.filter((one) => replicasOf(one) > 0);
    const [only] = active.length === 0 ? all.slice(-1) : active;
    if (only === undefined || active.length > 1) return false;
    return this.#resize(only, specOf(deployment).replicas);
  }

  #roll(deployment: KubeObject, all: KubeObject[], current: KubeObject | undefined): boolean {
    const newest = Math.max(0, ...all.map((one) => Number(one.metadata.annotations?.[ANNOTATION.deploymentRevision])));
    if (current === undefined) return this.#createReplicaSet(deployment, newest + 1);
    const revision = Number(current.metadata.annotations?.[ANNOTATION.deploymentRevision]);
    if (revision < newest) {
      const annotations = { [ANNOTATION.deploymentRevision]: String(newest + 1) };
      this.#server.patch(ACTOR, REPLICA_SETS, current.metadata.name, { metadata: { annotations } });
      return true;
    }
    const { replicas } = specOf(deployment);
    const total = sum(all.map(replicasOf));
    const grown = Math.min(replicas, replicasOf(current) + Math.max(0, replicas + Math.ceil(replicas / 4) - total));
    if (grown !== replicasOf(current)) return this.#resize(current, grown);
    return this.#shrink(deployment, all, current);
  }

  #shrink(deployment: KubeObject, all: KubeObject[], current: KubeObject): boolean {
    const { replicas } = specOf(deployment);
    const old = all.find((one) => one !== current && replicasOf(one) > 0);
    if (old === undefined) return false;
    const available = sum(all.map((one) => this.#podsOf(one).filter(isReady).length));
    const room = available - (replicas - Math.floor(replicas / 4));
    return room > 0 && this.#resize(old, Math.max(0, replicasOf(old) - room));
  }

  #createReplicaSet(deployment: KubeObject, revision: number): boolean {
    const { template, selector } = specOf(deployment);
    const hash = hashOf(deployment).slice(0, 10);
    const labels = { ...template.metadata?.labels, [LABEL.podTemplateHash]: hash };
    this.#server.create(ACTOR, REPLICA_SETS, {
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        labels,
        annotations: { [ANNOTATION.deploymentRevision]: String(revision) },
        ownerReferences: [reference(deployment)],
      },
      spec: { replicas: 0, selector, template: { ...template, metadata: { ...template.metadata, labels } } },
    });
    return true;
  }

  #resize(replicaSet: KubeObject, replicas: number): boolean {
    if (replicasOf(replicaSet) === replicas) return false;
    this.#server.patch(ACTOR, REPLICA_SETS, replicaSet.metadata.name, { spec: { replicas } });
    return true;
  }

  #deploymentStatus(deployment: KubeObject, all: KubeObject[], current: KubeObject | undefined): boolean {
    const pods = all.flatMap((one) => this.#podsOf(one));
    const ready = pods.filter(isReady).length;
    const updated = current === undefined ? 0 : this.#podsOf(current).length;
    return this.#status(deployment, {
      observedGeneration: deployment.metadata.generation ?? 0,
      replicas: pods.length,
      updatedReplicas: updated,
      readyReplicas: ready,
      availableReplicas: ready,
    });
  }

  #status(object: KubeObject, status: Record<string, number>): boolean {
    if (JSON.stringify(object['status']) === JSON.stringify(status)) return false;
    const resource = object.kind === 'Deployment' ? DEPLOYMENTS : REPLICA_SETS;
    this.#server.patch(ACTOR, resource, object.metadata.name, { status }, { subresource: 'status' });
    return true;
  }
}
