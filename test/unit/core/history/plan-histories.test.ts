// Histories of a Rollout: begun for each release id, filled in and completed once it is over, whatever is missing by then.

import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../../../src/api/kube.ts';
import { LABEL } from '../../../../src/api/names.ts';
import { ROLLOUT_HISTORIES } from '../../../../src/api/resources.ts';
import type { Rollout } from '../../../../src/api/rollout.ts';
import type { RolloutHistory } from '../../../../src/api/rollout-history.ts';
import type { Plan } from '../../../../src/core/tasks/plan.ts';
import type { HistoryObserved, HistoryParts } from '../../../../src/core/history/history-observed.ts';
import { planHistories } from '../../../../src/core/history/plan-histories.ts';
import { ApiServer } from '../rollout/model/api-server.ts';

const ID = 'r1';
const rollout = (phase: string, reason = 'InRolling', change: JsonObject = {}): Rollout =>
  ({
    metadata: { name: 'web', namespace: 'shop', uid: 'u1' },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      strategy: { canary: { steps: [{ replicas: 1 }] } },
    },
    status: {
      phase,
      conditions: [{ type: 'Progressing', status: 'True', reason, message: '' }],
      canaryStatus: { observedRolloutID: ID, ...change },
    },
  }) as unknown as Rollout;
const pod = (name: string, batch: string, extra: object = {}): KubeObject => ({
  metadata: { name, labels: { [LABEL.rolloutId]: ID, [LABEL.rolloutBatchId]: batch }, ...extra },
  spec: { nodeName: `node-${name}` },
  status: { podIP: `ip-${name}` },
});
const shown = (name: string) => ({ name, ip: `ip-${name}`, nodeName: `node-${name}` });

/** Histories as they are stored, and one pass after the other. */
class Records {
  readonly server = new ApiServer(() => 0);
  rollout: Rollout | undefined = rollout('Progressing');
  parts: HistoryParts = {};
  pods: Record<string, KubeObject[]> = {};

  get all(): RolloutHistory[] {
    return this.server.list(ROLLOUT_HISTORIES) as RolloutHistory[];
  }
  get only(): RolloutHistory {
    expect(this.all).toHaveLength(1);
    return this.all[0] as RolloutHistory;
  }
  plan(): Plan {
    const histories = this.all.filter(({ metadata }) => metadata.labels?.[LABEL.rolloutName] === 'web');
    const isTaken = (name: string) => this.all.some((one) => one.metadata.name === name && !histories.includes(one));
    const observed: HistoryObserved = {
      rollout: this.rollout,
      histories,
      isTaken,
      parts: this.parts,
      pods: this.pods,
    };
    return planHistories(observed);
  }
  /** At most `writes` of them: the process may die after any. */
  pass(writes = Infinity): number {
    const actions = this.plan().actions.slice(0, writes);
    for (const action of actions) {
      const { name } = action.target;
      if (action.do === 'create') this.server.create('sluice', ROLLOUT_HISTORIES, action.object);
      if (action.do !== 'patch') continue;
      const { resourceVersion, subresource } = action;
      this.server.patch('sluice', ROLLOUT_HISTORIES, name, action.patch, { resourceVersion, subresource });
    }
    return actions.length;
  }
  settle(): void {
    for (let passes = 0; this.pass() > 0; passes += 1) if (passes > 9) throw new Error('no end');
  }
}

const begun = (): Records => {
  const records = new Records();
  records.settle();
  return records;
};

describe('a release', () => {
  it('has one history, with both labels and a name that a crash repeats', () => {
    const records = begun();
    expect(records.only.metadata.labels).toEqual({ [LABEL.rolloutId]: ID, [LABEL.rolloutName]: 'web' });
    expect(records.only.metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
    expect(begun().only.metadata.name).toBe(records.only.metadata.name);
    expect(records.plan().actions).toEqual([]);
  });

  it.each<[string, Rollout]>([
    ['is idle', rollout('Healthy')],
    ['shows no release id yet', rollout('Progressing', 'Initializing', { observedRolloutID: '' })],
  ])('has none while its Rollout %s', (_what, idle) => {
    const records = new Records();
    records.rollout = idle;
    records.settle();
    expect(records.all).toEqual([]);
  });

  it('case 15: has one under what can stay of an id that cannot be a label', () => {
    const records = new Records();
    records.rollout = rollout('Progressing', 'InRolling', { observedRolloutID: 'refs/heads/main' });
    records.settle();
    expect(records.only.metadata.labels?.[LABEL.rolloutId]).toMatch(/^refs-heads-main-[a-z0-9]{5}$/);
    records.settle();
    expect(records.all).toHaveLength(1);
  });

  it('has none, and says so, when the name of its Rollout cannot be a label', () => {
    const records = new Records();
    const { metadata, ...rest } = rollout('Progressing', 'InRolling', { observedRolloutID: 'a' });
    records.rollout = { ...rest, metadata: { ...metadata, name: 'r'.repeat(72) } };
    expect(records.plan()).toMatchObject({ actions: [], events: [{ type: 'Warning', reason: 'HistorySkipped' }] });
  });

  it('takes another name when somebody has this one', () => {
    const { name } = begun().only.metadata;
    const records = new Records();
    records.server.create('kubectl', ROLLOUT_HISTORIES, { metadata: { name }, spec: {} });
    records.settle();
    expect(records.all).toHaveLength(2);
    expect(records.all[1]?.metadata.labels?.[LABEL.rolloutName]).toBe('web');
  });

  it('is filled in once it is over, then completed with the pods of each batch', () => {
    const records = begun();
    const spec = { type: 'ClusterIP' };
    records.rollout = rollout('Healthy', 'Completed');
    records.parts = {
      workload: { metadata: { name: 'web' }, spec: { replicas: 5 } },
      service: { metadata: { name: 'svc' }, spec },
      ingress: { metadata: { name: 'ing' }, spec: { rules: [] } },
    };
    records.pods = {
      [ID]: [pod('b', '2'), pod('a2', '1'), pod('a1', '1'), pod('gone', '1', { deletionTimestamp: 'x' })],
    };
    expect(records.plan().actions).toHaveLength(1);
    records.pass();
    expect(records.only.status).toBeUndefined();
    records.settle();
    expect(records.only.spec).toEqual({
      rollout: { rolloutID: ID, name: 'web', data: rollout('Healthy').spec },
      workload: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', data: { replicas: 5 } },
      service: { name: 'svc', data: spec },
      trafficRouting: { ingress: { name: 'ing', data: { rules: [] } } },
    });
    expect(records.only.status).toEqual({
      phase: 'completed',
      canarySteps: [
        { canaryStepIndex: 1, pods: [shown('a1'), shown('a2')] },
        { canaryStepIndex: 2, pods: [shown('b')] },
      ],
    });
  });

  it('X24: without trafficRoutings and without its workload it is completed all the same', () => {
    const records = begun();
    records.rollout = rollout('Healthy', 'Completed');
    records.settle();
    expect(records.only.spec).toEqual({
      rollout: { rolloutID: ID, name: 'web', data: rollout('Healthy').spec },
      workload: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    });
    expect(records.only.status).toMatchObject({ phase: 'completed' });
  });

  it('remembers canary pods that are gone when it is over, as they were in the steps', () => {
    const records = begun();
    records.pods = { [ID]: [pod('a', '1'), pod('b', '2'), pod('c', '2')] };
    records.settle();
    records.rollout = rollout('Progressing', 'Finalising');
    records.pods = { [ID]: [pod('b', '2')] };
    records.settle();
    records.rollout = rollout('Healthy', 'Completed');
    records.pods = {};
    records.settle();
    expect(records.only.status?.canarySteps).toEqual([
      { canaryStepIndex: 1, pods: [shown('a')] },
      { canaryStepIndex: 2, pods: [shown('b'), shown('c')] },
    ]);
  });

  it.each(['Healthy', 'Disabled', 'gone'])('that another one overtook is completed with it: Rollout %s', (end) => {
    const records = begun();
    records.rollout = rollout('Progressing', 'InRolling', { observedRolloutID: 'r2' });
    records.settle();
    expect(records.all).toHaveLength(2);
    records.rollout = end === 'gone' ? undefined : rollout(end, 'Completed', { observedRolloutID: 'r2' });
    records.settle();
    expect(records.all.map(({ status }) => status?.phase)).toEqual(['completed', 'completed']);
  });

  it('killed after each write, it ends the same', () => {
    const end = (writes: number): unknown => {
      const records = new Records();
      const phases: [Rollout, Record<string, KubeObject[]>][] = [
        [rollout('Progressing', 'Initializing'), {}],
        [rollout('Progressing'), { [ID]: [pod('a', '1')] }],
        [rollout('Healthy', 'Completed'), {}],
      ];
      for (const [now, pods] of phases) {
        Object.assign(records, { rollout: now, pods });
        records.pass(writes);
        records.settle();
      }
      return JSON.stringify(records.all, (key, value: unknown) => (key === 'resourceVersion' ? undefined : value));
    };
    expect(end(1)).toBe(end(Infinity));
    expect(end(0)).toBe(end(Infinity));
  });
});
