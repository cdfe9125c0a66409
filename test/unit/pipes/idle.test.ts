// Idle workloads cost the API server nothing: whoever writes to one is told of by a watch, and nobody looks or writes.

import { describe, expect, it } from 'vitest';
import type { KubeObject, Resource } from '../../../src/api/kube.ts';
import { ANNOTATION, FEATURE_GATES, FINALIZER, LABEL, type Gates } from '../../../src/api/names.ts';
import {
  BATCH_RELEASES,
  CONTROLLER_REVISIONS,
  DEPLOYMENTS,
  INGRESSES,
  NAMESPACES,
  REPLICA_SETS,
  ROLLOUTS,
  SERVICES,
  STATEFUL_SETS,
} from '../../../src/api/resources.ts';
import { apply } from '../../../src/kube/apply.ts';
import { WriteLog } from '../../../src/kube/writes.ts';
import { AnnouncedWaits } from '../../../src/pipes/announced-waits.ts';
import { PIPES } from '../../../src/pipes/index.ts';
import { reconcilerOf } from '../../../src/pipes/run.ts';
import { wakeOnChanges } from '../../../src/pipes/wake-on-changes.ts';
import { BUILT_IN } from '../../../src/workloads/index.ts';
import { ApiServer } from '../core/rollout/model/api-server.ts';
import { ModelClient } from '../core/rollout/model/client.ts';
import * as objects from '../core/rollout/model/objects.ts';
import { ToldTables } from '../core/rollout/model/tables.ts';
import { FakeClock } from '../runtime/fake-clock.ts';

const { WEB } = objects;
const GATES = Object.fromEntries(FEATURE_GATES.map((gate) => [gate, true])) as Gates;
const REVISION = 'web-1';

/** All pipes of one process over the model's API server. */
class Process {
  readonly server = new ApiServer(() => 0);
  readonly #client = new ModelClient(this.server);
  readonly #woken = new Set<string>();
  #writes = 0;

  run(): this {
    const clock = new FakeClock();
    const told = new ToldTables(this.server);
    told.store.define(NAMESPACES);
    const writes = new WriteLog();
    const observer = {
      ...told,
      reader: this.#client,
      kinds: BUILT_IN,
      now: () => clock.now(),
      writtenAt: () => writes.all(),
      rules: { partitionPercentLimit: 50, filterWorkloadType: true },
      gates: GATES,
    };
    const fence = { isLeader: () => true };
    const performer = {
      apply: (actions: Parameters<typeof apply>[0]) =>
        apply(actions, { client: this.#client, store: told.store, fence, clock, writes }),
      event: () => undefined,
      log: () => undefined,
    };
    const shell = { observer, performer, announcedWaits: new AnnouncedWaits() };
    this.#reconcilers = new Map(PIPES.map((pipe) => [pipe.name, reconcilerOf(pipe, shell)]));
    wakeOnChanges(PIPES, told.tables, (pipe, key) => this.#woken.add(`${pipe} ${key}`));
    this.server.onWrite = (write) => {
      this.#writes += 1;
      told.hear(write, false);
    };
    for (const { name, all } of PIPES) for (const key of all(told.tables)) this.#woken.add(`${name} ${key}`);
    return this;
  }
  #reconcilers = new Map<string, ReturnType<typeof reconcilerOf>>();

  /** Until nobody has anything to do. */
  async settle(): Promise<void> {
    for (let passes = 0; this.#woken.size > 0; passes += 1) {
      if (passes > 50) throw new Error(`never quiet: ${[...this.#woken].join(', ')}`);
      const [next = ''] = this.#woken;
      this.#woken.delete(next);
      const [pipe = '', key = ''] = next.split(' ');
      await this.#reconcilers.get(pipe)?.reconcile(key, new AbortController().signal);
    }
  }

  /** Somebody notes something on it: who is woken, and what is then asked and written. */
  async note(resource: Resource): Promise<{ woken: string[]; asked: string[]; writes: number }> {
    this.#client.asked.length = 0;
    this.server.patch('kubectl', resource, WEB, { metadata: { annotations: { 'user.example/note': 'changed' } } });
    const woken = [...this.#woken];
    this.#writes = 0;
    await this.settle();
    return { woken: woken.map((one) => one.split(' ')[0] ?? ''), asked: this.#client.asked, writes: this.#writes };
  }
}

const COUNTS = { observedGeneration: 1, replicas: 5, updatedReplicas: 5, readyReplicas: 5, availableReplicas: 5 };
const ROLLED = { ...COUNTS, currentReplicas: 5, currentRevision: REVISION, updateRevision: REVISION };
const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: WEB };

function owned(server: ApiServer, owner: Resource, resource: Resource, parts: object): void {
  const uid = server.get(owner, WEB)?.metadata.uid ?? '';
  const reference = { apiVersion: 'apps/v1', kind: owner.kind, name: WEB, uid, controller: true };
  const labels = { app: WEB, [LABEL.podTemplateHash]: '1' };
  const annotations = {
    [ANNOTATION.deploymentRevision]: '1',
    [ANNOTATION.desiredReplicas]: '5',
    [ANNOTATION.maxReplicas]: '7',
  };
  const metadata = { name: REVISION, labels, annotations, ownerReferences: [reference] };
  server.create('kube-controller-manager', resource, { metadata, ...parts });
  server.patch('kube-controller-manager', resource, REVISION, { status: COUNTS }, { subresource: 'status' });
}

function withDeployment(server: ApiServer, deployment: KubeObject): void {
  server.create('user', DEPLOYMENTS, deployment);
  server.patch('kube', DEPLOYMENTS, WEB, { status: COUNTS }, { subresource: 'status' });
  owned(server, DEPLOYMENTS, REPLICA_SETS, { spec: { replicas: 5, template: objects.template('v1') } });
}

function enrolled(server: ApiServer, style: 'canary' | 'partition'): void {
  const deployment = objects.deployment();
  Object.assign(deployment.metadata.labels ?? {}, { [LABEL.enrolled]: style });
  withDeployment(server, deployment);
  server.create('user', SERVICES, objects.service());
  server.create('user', INGRESSES, objects.ingress());
  server.create('user', ROLLOUTS, objects.rollout({ canary: { enableExtraWorkloadForCanary: style === 'canary' } }));
}

const IDLE: Record<string, [Resource, (server: ApiServer) => void]> = {
  'a Deployment in canary style': [DEPLOYMENTS, (server) => enrolled(server, 'canary')],
  'a Deployment in partition style': [DEPLOYMENTS, (server) => enrolled(server, 'partition')],
  'a Deployment that a person rolls by annotation': [
    DEPLOYMENTS,
    (server) => {
      const deployment = objects.deployment() as KubeObject & { spec: object };
      const strategy = JSON.stringify({ rollingStyle: 'Partition', partition: '100%' });
      deployment.metadata.annotations = { [ANNOTATION.deploymentStrategy]: strategy };
      deployment.metadata.labels = { app: WEB };
      Object.assign(deployment.spec, { paused: true, strategy: { type: 'Recreate' } });
      withDeployment(server, deployment);
    },
  ],
  'a Deployment whose BatchRelease by hand is over': [
    DEPLOYMENTS,
    (server) => {
      withDeployment(server, { ...objects.deployment(), metadata: { name: WEB, labels: { app: WEB } } });
      const metadata = { name: 'by-hand', finalizers: [FINALIZER.batchRelease] };
      server.create('user', BATCH_RELEASES, { metadata, spec: { workloadRef, releasePlan: { batches: [] } } });
      const status = { phase: 'Completed', message: 'the release of pods is completed' };
      server.patch('sluice', BATCH_RELEASES, 'by-hand', { status }, { subresource: 'status' });
    },
  ],
  'a StatefulSet': [
    STATEFUL_SETS,
    (server) => {
      server.create('user', STATEFUL_SETS, objects.statefulSet());
      server.patch('kube', STATEFUL_SETS, WEB, { status: ROLLED }, { subresource: 'status' });
      const data = { spec: { template: objects.template('v1') } };
      owned(server, STATEFUL_SETS, CONTROLLER_REVISIONS, { revision: 1, data });
      server.create('user', ROLLOUTS, objects.rollout({ kind: 'StatefulSet' }));
    },
  ],
};

describe('a write to an idle workload', () => {
  it.each(Object.entries(IDLE))('%s: nobody looks, and nobody writes', async (_, [resource, create]) => {
    const process = new Process();
    create(process.server);
    await process.run().settle();
    const { woken, asked, writes } = await process.note(resource);
    expect(woken).toContain('workload');
    expect([asked, writes]).toEqual([[], 0]);
  });

  it.each(['canary', 'partition'] as const)('and its Rollout in %s style is Healthy meanwhile', async (style) => {
    const process = new Process();
    enrolled(process.server, style);
    await process.run().settle();
    expect(process.server.get(ROLLOUTS, WEB)?.['status']).toMatchObject({ phase: 'Healthy' });
  });
});
