// What the controller of StatefulSets does, one write at a time: revisions kept in ControllerRevisions, pods replaced in place
// from the highest ordinal down to the partition, one after the other, each only when those before it are ready (OrderedReady).

import type { Json, KubeObject, PodTemplate } from '../../../../../src/api/kube.ts';
import { LABEL } from '../../../../../src/api/names.ts';
import { CONTROLLER_REVISIONS, PODS, STATEFUL_SETS } from '../../../../../src/api/resources.ts';
import { templateHash } from '../../../../../src/objects/revision.ts';
import type { ApiServer } from './api-server.ts';

const ACTOR = 'kube-controller-manager';
const READY_AFTER_MS = 1_500;

interface Spec {
  replicas: number;
  template: PodTemplate;
  updateStrategy?: { rollingUpdate?: { partition?: number } };
}
interface Status {
  currentRevision?: string;
  updateRevision?: string;
}
const specOf = (set: KubeObject): Spec => set['spec'] as Spec;
const statusOf = (set: KubeObject): Status => (set['status'] ?? {}) as Status;
const partitionOf = (set: KubeObject): number => specOf(set).updateStrategy?.rollingUpdate?.partition ?? 0;
const ordinalOf = ({ metadata }: KubeObject): number => Number(metadata.name.split('-').at(-1));
const revisionOf = ({ metadata }: KubeObject): string => metadata.labels?.[LABEL.controllerRevisionHash] ?? '';
const isReady = (pod: KubeObject): boolean => (pod['status'] as { ready?: boolean } | undefined)?.ready === true;
const isBroken = (pod: KubeObject): boolean =>
  (pod['spec'] as { containers?: { image?: string }[] }).containers?.[0]?.image === 'web:broken';
const reference = (owner: KubeObject) => ({
  apiVersion: owner.apiVersion ?? '',
  kind: owner.kind ?? '',
  name: owner.metadata.name,
  uid: owner.metadata.uid ?? '',
  controller: true,
});

export class StatefulSets {
  readonly #server: ApiServer;
  readonly #now: () => number;
  readonly #bornAt = new Map<string, number>();
  readonly #isStuck: (pod: KubeObject) => boolean;

  /** `isStuck`: it never gets ready, whatever it runs. */
  constructor(server: ApiServer, now: () => number, isStuck: (pod: KubeObject) => boolean) {
    this.#isStuck = (pod) => isBroken(pod) || isStuck(pod);
    this.#server = server;
    this.#now = now;
  }

  step(): boolean {
    return this.#server
      .list(STATEFUL_SETS)
      .some(
        (set) =>
          set.metadata.deletionTimestamp === undefined && (this.#revise(set) || this.#pods(set) || this.#tell(set)),
      );
  }

  nextAt(): number | undefined {
    const times = this.#server
      .list(PODS)
      .filter((pod) => !isReady(pod) && !this.#isStuck(pod))
      .map((pod) => this.#readyAt(pod))
      .filter((time) => time > this.#now());
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #readyAt({ metadata }: KubeObject): number {
    return (this.#bornAt.get(metadata.uid ?? '') ?? Infinity) + READY_AFTER_MS;
  }

  #podsOf(set: KubeObject): KubeObject[] {
    const own = this.#server
      .list(PODS)
      .filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === set.metadata.uid);
    return own.sort((a, b) => ordinalOf(a) - ordinalOf(b));
  }

  /** The revision of spec.template has a ControllerRevision, and the highest number. */
  #revise(set: KubeObject): boolean {
    const all = this.#revisionsOf(set);
    const { template } = specOf(set);
    const name = `${set.metadata.name}-${templateHash(template).slice(0, 10)}`;
    const newest = Math.max(0, ...all.map((one) => one['revision'] as number));
    const known = all.find(({ metadata }) => metadata.name === name);
    if (known === undefined) {
      this.#server.create(ACTOR, CONTROLLER_REVISIONS, {
        metadata: { name, ownerReferences: [reference(set)] },
        data: { spec: { template: { ...template, $patch: 'replace' } } } as Json,
        revision: newest + 1,
      });
      return true;
    }
    if (known['revision'] === newest) return false;
    this.#server.patch(ACTOR, CONTROLLER_REVISIONS, name, { revision: newest + 1 });
    return true;
  }

  #revisionsOf(set: KubeObject): KubeObject[] {
    return this.#server
      .list(CONTROLLER_REVISIONS)
      .filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === set.metadata.uid);
  }

  #updateRevision(set: KubeObject): string {
    return `${set.metadata.name}-${templateHash(specOf(set).template).slice(0, 10)}`;
  }

  #pods(set: KubeObject): boolean {
    const pods = this.#podsOf(set);
    const { replicas } = specOf(set);
    const late = pods.find((pod) => !isReady(pod) && !this.#isStuck(pod) && this.#readyAt(pod) <= this.#now());
    if (late !== undefined) {
      const status = { ready: true, conditions: [{ type: 'Ready', status: 'True' }] };
      this.#server.patch(ACTOR, PODS, late.metadata.name, { status }, { subresource: 'status' });
      return true;
    }
    for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
      const pod = pods.find((one) => ordinalOf(one) === ordinal);
      if (pod === undefined) return this.#create(set, ordinal);
      if (!isReady(pod)) return false;
    }
    const surplus = pods.findLast((pod) => ordinalOf(pod) >= replicas);
    const old = pods.findLast(
      (pod) => ordinalOf(pod) >= partitionOf(set) && revisionOf(pod) !== this.#updateRevision(set),
    );
    const victim = surplus ?? old;
    if (victim === undefined) return false;
    this.#server.delete(ACTOR, PODS, victim.metadata.name);
    return true;
  }

  #create(set: KubeObject, ordinal: number): boolean {
    const { currentRevision = this.#updateRevision(set) } = statusOf(set);
    const revision = ordinal >= partitionOf(set) ? this.#updateRevision(set) : currentRevision;
    const kept = this.#server.get(CONTROLLER_REVISIONS, revision);
    const { template } = (kept?.['data'] as { spec: { template: PodTemplate } }).spec;
    const pod = this.#server.create(ACTOR, PODS, {
      metadata: {
        name: `${set.metadata.name}-${ordinal}`,
        labels: { ...template.metadata?.labels, [LABEL.controllerRevisionHash]: revision },
        ownerReferences: [reference(set)],
      },
      spec: template.spec,
    });
    this.#bornAt.set(pod.metadata.uid ?? '', this.#now());
    return true;
  }

  #tell(set: KubeObject): boolean {
    const pods = this.#podsOf(set);
    const updateRevision = this.#updateRevision(set);
    const updated = pods.filter((pod) => revisionOf(pod) === updateRevision);
    const { replicas } = specOf(set);
    const isOut =
      updated.length === replicas && pods.length === replicas && pods.every(isReady) && partitionOf(set) === 0;
    const { currentRevision = updateRevision } = statusOf(set);
    const ready = pods.filter(isReady).length;
    const status = {
      observedGeneration: set.metadata.generation ?? 0,
      replicas: pods.length,
      readyReplicas: ready,
      availableReplicas: ready,
      updatedReplicas: updated.length,
      currentRevision: isOut ? updateRevision : currentRevision,
      updateRevision,
    };
    if (JSON.stringify(set['status']) === JSON.stringify(status)) return false;
    this.#server.patch(ACTOR, STATEFUL_SETS, set.metadata.name, { status }, { subresource: 'status' });
    return true;
  }
}
