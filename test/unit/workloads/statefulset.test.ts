// What a StatefulSet shows, how its partition moves, and how the user's bytes come back.

import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { ANNOTATION } from '../../../src/api/names.ts';
import { operationsFor } from '../../../src/objects/field-edit.ts';
import { readAt } from '../../../src/lib/json.ts';
import { statefulSet as kind } from '../../../src/workloads/statefulset.ts';
import type { ReleaseContext } from '../../../src/workloads/workload.ts';
import jsonpatch from 'fast-json-patch';
import { controllerRevision, statefulSet } from './stateful-objects.ts';

const related = { revisions: [controllerRevision('v1', 1), controllerRevision('v2', 2)] };
const context = {} as ReleaseContext;
const edited = (object: KubeObject, edits: Parameters<typeof operationsFor>[1]): KubeObject =>
  jsonpatch.applyPatch(structuredClone(object), operationsFor(object, edits) as jsonpatch.Operation[], true)
    .newDocument;
const heldFrom = (next: KubeObject): KubeObject =>
  edited(next, kind.hold({ old: statefulSet(), next, related, rolloutName: 'shop' }));
const partitionOf = (object: KubeObject): unknown =>
  readAt(object, ['spec', 'updateStrategy', 'rollingUpdate', 'partition']);

describe('giving back', () => {
  it.each([
    ['a partition of 0', { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }],
    ['a partition of 2', { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }],
    ['other fields beside it', { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } }],
    ['a strategy without rollingUpdate', { type: 'RollingUpdate' }],
    ['an empty strategy', {}],
    ['no strategy', null],
  ])('restores %s', (_title, strategy) => {
    const next = statefulSet({ image: 'v2', strategy });
    const held = heldFrom(next);
    expect(partitionOf(held)).toBe(32_767);
    const back = edited(held, kind.unhold(statefulSet(), held));
    expect(back['spec']).toEqual(next['spec']);
  });

  it('gives back the partition that a user sent meanwhile', () => {
    const held = heldFrom(statefulSet({ image: 'v2' }));
    const sent = {
      ...held,
      spec: { ...(held['spec'] as object), updateStrategy: { rollingUpdate: { partition: 3 } } },
    };
    const kept = edited(sent, kind.keepHeld(held, sent));
    expect(partitionOf(kept)).toBe(32_767);
    expect(edited(kept, kind.keepHeld(held, kept)), 'asked twice').toEqual(kept);
    expect(kind.letGo(kept)).toMatchObject([
      { patch: { spec: { updateStrategy: { rollingUpdate: { partition: 3 } } } } },
    ]);
  });

  it('takes over what OpenKruise held, which remembers nothing', () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { partition: 32_767 } };
    const held = statefulSet({ image: 'v2', strategy });
    expect(kind.isHeld(held)).toBe(true);
    expect(kind.letGo(held)).toMatchObject([
      { patch: { spec: { updateStrategy: { rollingUpdate: { partition: null } } } } },
    ]);
  });
});

describe('while a release is under way', () => {
  const inStep = (image: string, partition: number): KubeObject =>
    statefulSet({
      image,
      strategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
      annotations: { [ANNOTATION.heldFields]: '{"partition":0}', [ANNOTATION.controlInfo]: '{}' },
    });

  it('X15 a newer template is held from the first pod on', () => {
    const kept = edited(inStep('v3', 3), kind.keepHeld(inStep('v2', 3), inStep('v3', 3)));
    expect(partitionOf(kept)).toBe(32_767);
  });

  it('the last step is under way although nothing is below its partition', () => {
    expect(kind.isHeld(inStep('v2', 0))).toBe(true);
    expect(kind.isHeld(statefulSet())).toBe(false);
    expect(kind.isHeld(statefulSet({ strategy: { rollingUpdate: { partition: 2 } } })), "a user's own partition").toBe(
      false,
    );
  });

  it('the last step is under way also after its BatchRelease was deleted', () => {
    const { [ANNOTATION.controlInfo]: _claim, ...annotations } = inStep('v2', 0).metadata.annotations ?? {};
    const marked = { ...annotations, [ANNOTATION.inProgressing]: '{"rolloutName":"shop"}' };
    expect(kind.isHeld({ ...inStep('v2', 0), metadata: { ...inStep('v2', 0).metadata, annotations: marked } })).toBe(
      true,
    );
  });

  it('the claim of the release comes back when a replace drops it', () => {
    const { annotations: _dropped, ...metadata } = inStep('v2', 0).metadata;
    const sent = { ...inStep('v2', 0), metadata };
    expect(kind.isHeld(edited(sent, kind.keepHeld(inStep('v2', 0), sent)))).toBe(true);
  });

  it('the partition that a freeze leaves does not become that of the user, unless it is sent', () => {
    const [frozen] = kind.freeze?.(inStep('v2', 3)) ?? [];
    expect(frozen).toMatchObject({ patch: { metadata: { annotations: { [ANNOTATION.controlInfo]: null } } } });
    expect(JSON.stringify(frozen)).not.toContain(ANNOTATION.heldFields);
    const left = (image: string, partition: number): KubeObject =>
      statefulSet({
        image,
        strategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
        annotations: { [ANNOTATION.heldFields]: '{"partition":0}' },
      });
    const memoryOf = (next: KubeObject): unknown =>
      edited(next, kind.hold({ old: left('v2', 3), next, related, rolloutName: 'shop' })).metadata.annotations?.[
        ANNOTATION.heldFields
      ];
    expect(memoryOf(left('v3', 3))).toBe('{"partition":0}');
    expect(memoryOf(left('v3', 2))).toBe('{"partition":2}');
  });

  it('the partition is only ever lowered', () => {
    const advance = (partition: number, target: number) =>
      kind.advance(inStep('v2', partition), related, context, target);
    expect(advance(32_767, 2)).toMatchObject([
      { patch: { spec: { updateStrategy: { rollingUpdate: { partition: 3 } } } } },
    ]);
    expect(advance(3, 2)).toEqual([]);
    expect(advance(1, 2)).toEqual([]);
    expect(
      kind.advance(statefulSet({ replicas: 0, strategy: { rollingUpdate: { partition: 4 } } }), related, context, 0),
    ).toEqual([]);
    expect(advance(3, 9)).toMatchObject([{ patch: { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } } }]);
  });
});

describe('its revisions', () => {
  const unseen = { observedGeneration: 2, currentRevision: 'v1', updateRevision: 'v1' };

  it('have no name until its controller has seen the template', () => {
    expect(kind.view(statefulSet({ image: 'v3', status: unseen }), related).updateRevision).toBe('');
    expect(kind.release(statefulSet({ image: 'v3', status: unseen }), related, context)).toMatchObject({
      observed: false,
      podSelector: undefined,
    });
  });

  it('a rollback is told at once, by the revision that keeps the template', () => {
    const back = kind.view(statefulSet({ image: 'v1', status: { ...unseen, updateRevision: 'v2' } }), related);
    expect(back).toMatchObject({ updateRevision: 'v1', templateIsStable: true, observed: false });
  });

  it('count as two while both have pods', () => {
    const status = { currentRevision: 'v1', updateRevision: 'v2', updatedReplicas: 2 };
    expect(kind.view(statefulSet({ image: 'v2', status }), related).activeRevisions).toBe(2);
    expect(
      kind.view(statefulSet({ image: 'v2', status: { ...status, updatedReplicas: 0 } }), related).activeRevisions,
    ).toBe(1);
    expect(kind.view(statefulSet({ status: { replicas: 0 } }), related).activeRevisions).toBe(0);
  });

  it('count as one more while pods of one in between run', () => {
    const view = (status: object) =>
      kind.view(
        statefulSet({ image: 'v3', status: { currentRevision: 'v1', updateRevision: 'v3', ...status } }),
        related,
      );
    expect(view({ currentReplicas: 1, updatedReplicas: 0 })).toMatchObject({ activeRevisions: 2, stableServing: 1 });
    expect(view({ currentReplicas: 1, updatedReplicas: 2 })).toMatchObject({ activeRevisions: 3, stableServing: 1 });
    expect(view({ currentReplicas: 0, updatedReplicas: 2 })).toMatchObject({ activeRevisions: 2, stableServing: 0 });
    expect(view({ currentReplicas: 0, updatedReplicas: 0 })).toMatchObject({ activeRevisions: 1, stableServing: 0 });
    expect(view({ updatedReplicas: 2 }), 'not counted').toMatchObject({ activeRevisions: 2, stableServing: 3 });
  });

  it('at rest are one, also while a pod of it is being replaced', () => {
    const status = { currentReplicas: 4, updatedReplicas: 4 };
    expect(kind.view(statefulSet({ status }), related)).toMatchObject({ activeRevisions: 1, stableServing: 4 });
  });
});

describe('what stands in the way', () => {
  const pod = (revision: string, ready: boolean): KubeObject => ({
    metadata: { name: `web-${revision}`, labels: { 'controller-revision-hash': revision } },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  });
  const pods = [pod('v1', false), pod('v2', false), pod('v3', false), pod('v3', true)];
  const now = statefulSet({ status: { currentRevision: 'v1', updateRevision: 'v2' } });

  it('is a pod of a given-up revision that is not ready', () => {
    expect(kind.unblock?.(now, pods, 'v1')).toMatchObject([{ do: 'delete', target: { name: 'web-v3' } }]);
  });

  it('is also a pod of a revision that had replaced the stable one already', () => {
    const back = statefulSet({ status: { currentRevision: 'v2', updateRevision: 'v1' } });
    expect(kind.unblock?.(back, [pod('v2', false)], 'v1')).toMatchObject([
      { do: 'delete', target: { name: 'web-v2' } },
    ]);
  });

  it('is nothing where pods do not wait for each other, or before the controller has seen the update', () => {
    const parallel = { ...now, spec: { ...(now['spec'] as object), podManagementPolicy: 'Parallel' } };
    expect(kind.unblock?.(parallel, pods, 'v1')).toEqual([]);
    expect(kind.unblock?.(statefulSet({ status: { observedGeneration: 2 } }), pods, 'v1')).toEqual([]);
  });
});
