import jsonpatch from 'fast-json-patch';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { ANNOTATION, LABEL } from '../../../src/api/names.ts';
import type { Action } from '../../../src/objects/actions.ts';
import { operationsFor } from '../../../src/objects/field-edit.ts';
import { computeHash } from '../../../src/objects/revision.ts';
import { Kinds } from '../../../src/workloads/kinds.ts';
import { deploymentPartition as partition } from '../../../src/workloads/deployment-partition.ts';
import { WORKLOADS } from '../../../src/workloads/index.ts';
import type { ReleaseContext } from '../../../src/workloads/workload.ts';
import { deployment, held, replicaSet, template } from './objects.ts';

const REVISION = computeHash(template('v2'));
const context = (step?: number | string): ReleaseContext => ({
  batchRelease: { metadata: { name: 'shop' } },
  owner: { apiVersion: 'rollouts.kruise.io/v1beta1', kind: 'BatchRelease', name: 'shop', uid: 'b' },
  podMetadata: undefined,
  collisionCount: 0,
  step,
});

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
const perform = (object: KubeObject, actions: Action[]): KubeObject =>
  actions.reduce((one, action) => merged(one, action.do === 'patch' ? action.patch : {}) as KubeObject, object);

const related = { replicaSets: [replicaSet('v1', 5, 1)] };
const waiting = (parts = {}): KubeObject => deployment({ image: 'v2', ...held(), ...parts });
const after = (object: KubeObject, step: number | string, target = 1): KubeObject =>
  perform(object, partition.advance(object, related, context(step), target));
const annotation = (object: KubeObject): unknown =>
  JSON.parse(object.metadata.annotations?.[ANNOTATION.deploymentStrategy] ?? 'null');
const strategyOf = (object: KubeObject): unknown => (object['spec'] as { strategy?: unknown }).strategy;

describe('advancing a Deployment by partition', () => {
  it('names step and revision, keeps the rolling parameters of the user, and stops the native roll-out, in one write', () => {
    const released = after(
      waiting({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } } }),
      '20%',
    );
    expect(annotation(released)).toEqual({
      rollingStyle: 'Partition',
      rollingUpdate: { maxUnavailable: 0, maxSurge: 2 },
      partition: '20%',
      revision: REVISION,
    });
    expect(released['spec']).toMatchObject({ paused: true, strategy: { type: 'Recreate' } });
    expect(strategyOf(released)).not.toHaveProperty('rollingUpdate');
    expect(released.metadata.labels).toMatchObject({
      [LABEL.controlledByAdvancedDeployment]: 'true',
      [LABEL.stableRevision]: 'v1',
    });
    expect(partition.advance(released, related, context('20%'), 1)).toEqual([]);
  });

  it('only ever lets go of more, of one revision', () => {
    const second = after(after(waiting(), '20%'), '60%');
    expect(annotation(second)).toMatchObject({ partition: '60%' });
    expect(annotation(after(second, '20%'))).toMatchObject({ partition: '60%' });
    const third = { ...second, spec: { ...(second['spec'] as object), template: template('v3') } };
    expect(annotation(after(third, '20%'))).toMatchObject({ partition: '20%', revision: computeHash(template('v3')) });
  });

  it('marks the stable revision where only a policy has held the update', () => {
    const { [LABEL.stableRevision]: _unknown, ...labels } = held().labels;
    expect(after(waiting({ labels }), '20%').metadata.labels).toMatchObject({ [LABEL.stableRevision]: 'v1' });
  });

  it('goes on with a release that OpenKruise has begun', () => {
    const begun = waiting({
      strategy: { type: 'Recreate' },
      annotations: {
        ...held().annotations,
        [ANNOTATION.deploymentStrategy]:
          '{"rollingStyle":"Partition","rollingUpdate":{"maxUnavailable":1,"maxSurge":"10%"},"partition":"20%"}',
      },
    });
    expect(annotation(after(begun, '60%'))).toEqual({
      rollingStyle: 'Partition',
      rollingUpdate: { maxUnavailable: 1, maxSurge: '10%' },
      partition: '60%',
      revision: REVISION,
    });
  });

  it.each([
    ['90%', 5, 4],
    ['100%', 5, 5],
    [5, 5, 5],
    ['20%', 1, 1],
  ])('step %j of %i pods means %i', (step, replicas, size) => {
    expect(partition.stepSize?.(step, replicas)).toBe(size);
  });
});

describe('giving it back', () => {
  const strategies = [
    { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    { type: 'Recreate' },
  ];
  it.each(strategies)('restores what the user wrote, %j, in one write', (strategy) => {
    const { paused: _paused, ...untouched } = waiting({ strategy })['spec'] as Record<string, unknown>;
    const released = after(waiting({ strategy }), '100%', 5);
    const actions = partition.letGo(released);
    expect(actions).toHaveLength(1);
    const back = perform(released, actions);
    expect(back['spec']).toEqual(untouched);
    expect(Object.keys({ ...back.metadata.labels, ...back.metadata.annotations }).join()).not.toContain('kruise');
  });

  it('X40 frozen, it stays paused with its pods, and our marks and what stood in for the strategy go', () => {
    const released = after(waiting(), '60%', 3);
    const actions = partition.freeze?.(released) ?? [];
    expect(actions).toHaveLength(1);
    const frozen = perform(released, actions);
    const native = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } };
    expect(frozen['spec']).toMatchObject({ paused: true, strategy: native });
    expect(Object.keys({ ...frozen.metadata.labels, ...frozen.metadata.annotations }).join()).not.toContain('kruise');
    expect(partition.freeze?.(frozen)).toEqual([]);
  });

  it('never leaves type Recreate behind that stood in for another, whichever style gives back', () => {
    const byHand = waiting({
      strategy: { type: 'Recreate' },
      annotations: {
        ...held().annotations,
        [ANNOTATION.deploymentStrategy]:
          '{"rollingStyle":"Partition","rollingUpdate":{"maxUnavailable":0,"maxSurge":"0%"}}',
      },
    });
    for (const style of WORKLOADS.filter(({ kind }) => kind === 'Deployment')) {
      expect(strategyOf(perform(byHand, style.letGo(byHand)))).toEqual({
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: '0%', maxUnavailable: 1 },
      });
    }
  });
});

describe('an update of a user in the middle of a release', () => {
  const released = after(waiting(), '60%', 3);
  const kept = (sent: KubeObject): KubeObject =>
    jsonpatch.applyPatch(
      structuredClone(sent),
      operationsFor(sent, partition.keepHeld(released, sent)) as jsonpatch.Operation[],
      true,
    ).newDocument;
  const sent = (spec: object, metadata: object = {}): KubeObject => ({
    ...released,
    metadata: { ...released.metadata, ...metadata },
    spec: { ...(released['spec'] as object), ...spec },
  });

  it('stays held and rolled by us, whatever is dropped', () => {
    const dropped = sent({ paused: false, strategy: undefined }, { labels: { app: 'web' }, annotations: {} });
    const result = kept(dropped);
    expect(result['spec']).toMatchObject({ paused: true, strategy: { type: 'Recreate' } });
    expect(result.metadata.labels).toMatchObject({
      [LABEL.controlledByAdvancedDeployment]: 'true',
      [LABEL.stableRevision]: 'v1',
    });
    expect(annotation(result)).toEqual(annotation(released));
  });

  it('moves its rolling parameters into the annotation', () => {
    const rollingUpdate = { maxSurge: 0, maxUnavailable: '40%' };
    const result = kept(sent({ strategy: { type: 'RollingUpdate', rollingUpdate } }));
    expect(strategyOf(result)).toEqual({ type: 'Recreate' });
    expect(annotation(result)).toEqual({ ...(annotation(released) as object), rollingUpdate });
  });

  it('keeps them when a second layer looks at what the first has made, and takes nothing else from the annotation', () => {
    const rollingUpdate = { maxSurge: 0, maxUnavailable: '40%' };
    const first = kept(sent({ strategy: { type: 'RollingUpdate', rollingUpdate } }));
    expect(kept(first)).toEqual(first);
    const text = first.metadata.annotations?.[ANNOTATION.deploymentStrategy] ?? '';
    for (const edited of [text.replace('60%', '100%'), text.replace('"40%"', '"much"'), text.replace('"40%"', '')]) {
      const byHand = sent(
        {},
        { annotations: { ...released.metadata.annotations, [ANNOTATION.deploymentStrategy]: edited } },
      );
      expect(annotation(kept(byHand))).toEqual(annotation(released));
    }
  });

  it('names no newer template: that waits for the release of its own', () => {
    expect(annotation(kept(sent({ template: template('v3') })))).toMatchObject({ revision: REVISION });
  });
});

describe('a newer template after every pod was replaced', () => {
  const seen = { replicaSets: [replicaSet('v1', 0, 1), replicaSet('v2', 5, 2)] };
  const full = after(waiting(), '100%', 5);
  const newer = { ...full, spec: { ...(full['spec'] as object), template: template('v3') } };

  it('is released from the revision that serves, which the label names from then on', () => {
    expect(partition.view(full, seen)).toMatchObject({ stableRevision: 'v1', stableServing: 0 });
    expect(partition.view(newer, seen)).toMatchObject({ stableRevision: 'v2', stableServing: 5 });
    const begun = perform(newer, partition.advance(newer, seen, context('20%'), 1));
    expect(begun.metadata.labels).toMatchObject({ [LABEL.stableRevision]: 'v2' });
    expect(partition.view(begun, seen)).toMatchObject({ stableRevision: 'v2', templateIsStable: false });
  });

  it('is not released from a revision that was only half replaced', () => {
    const half = { replicaSets: [replicaSet('v1', 2, 1), replicaSet('v2', 3, 2)] };
    expect(partition.view(newer, half)).toMatchObject({ stableRevision: 'v1', activeRevisions: 2 });
    expect(perform(newer, partition.advance(newer, half, context('20%'), 1)).metadata.labels).toMatchObject({
      [LABEL.stableRevision]: 'v1',
    });
  });

  it('finds the release still open until the Deployment is given back', () => {
    expect(partition.awaitsHandOver?.(newer)).toBe(true);
    expect(partition.awaitsHandOver?.(perform(newer, partition.letGo(newer)))).toBe(false);
  });
});

describe('how far a release is', () => {
  const fresh = { ...replicaSet('v2', 2, 2), status: { replicas: 2, readyReplicas: 2, availableReplicas: 1 } };

  it('reads the ReplicaSet of the new revision', () => {
    const seen = { replicaSets: [...related.replicaSets, fresh] };
    expect(partition.release(after(waiting(), '60%'), seen, context())).toEqual({
      desired: 3,
      updated: 2,
      ready: 1,
      podRevision: 'v2',
      podSelector: { app: 'web', 'pod-template-hash': 'v2' },
      observed: true,
    });
    expect(partition.release(waiting(), related, context())).toMatchObject({ updated: 0, podSelector: undefined });
  });

  it('X20 a rollback is one also when the stable ReplicaSet has no pods any more', () => {
    const seen = { replicaSets: [replicaSet('v1', 0, 1), { ...fresh, spec: { ...fresh.spec, replicas: 5 } }] };
    const released = after(waiting(), '100%', 5);
    expect(partition.view(released, seen)).toMatchObject({ stableRevision: 'v1', templateIsStable: false });
    const back = { ...released, spec: { ...(released['spec'] as object), template: template('v1') } };
    expect(partition.view(back, seen)).toMatchObject({ stableRevision: 'v1', templateIsStable: true });
  });
});

it('without its feature gate the style is unknown, and the text says which gate', () => {
  const kinds = new Kinds(WORKLOADS, { AdvancedDeployment: false });
  expect(kinds.byRef('apps/v1', 'Deployment', 'partition')).toBeUndefined();
  expect(kinds.byRef('apps/v1', 'Deployment', 'canary')).toBeDefined();
  expect(kinds.unsupportedText('apps/v1', 'Deployment', 'partition')).toContain(
    '--feature-gates=AdvancedDeployment=true',
  );
  expect(new Kinds(WORKLOADS).byRef('apps/v1', 'Deployment', 'partition')).toBeDefined();
});
