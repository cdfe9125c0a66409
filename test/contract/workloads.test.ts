// What every workload kind and style must do, over the registry.

import jsonpatch from 'fast-json-patch';
import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../src/api/kube.ts';
import type { Action } from '../../src/objects/actions.ts';
import { operationsFor, touchesOnly, type FieldEdit } from '../../src/objects/field-edit.ts';
import { isObject } from '../../src/lib/json.ts';
import { sameTemplate } from '../../src/objects/revision.ts';
import { inProgressValue } from '../../src/objects/marks.ts';
import { ANNOTATION, LABEL, ROLLING_STYLE } from '../../src/api/names.ts';
import { WORKLOADS } from '../../src/workloads/index.ts';
import { FIXTURES } from './fixtures.ts';

const rows = WORKLOADS.map((workload) => ({ name: `${workload.group}/${workload.kind}/${workload.style}`, workload }));

const apply = (object: KubeObject, edits: FieldEdit[]): KubeObject =>
  jsonpatch.applyPatch(structuredClone(object), operationsFor(object, edits) as jsonpatch.Operation[], true)
    .newDocument;

/** RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

const perform = (object: KubeObject, actions: Action[]): KubeObject =>
  actions.reduce((one, action) => merge(one, action.do === 'patch' ? action.patch : {}) as KubeObject, object);

/** To the API server an empty map is the same as none. */
function tidy(object: KubeObject): KubeObject {
  const metadata = Object.fromEntries(
    Object.entries(object.metadata).filter(
      ([, value]) => !isObject(value) || Object.keys(value as JsonObject).length > 0,
    ),
  );
  return { ...object, metadata: metadata as unknown as KubeObject['metadata'] };
}

it('there is a fixture for every line of the registry', () => {
  expect(Object.keys(FIXTURES).sort()).toEqual(rows.map(({ name }) => name).sort());
});

describe.each(rows)('$name', ({ name, workload }) => {
  const { workload: make, related, undo, own } = FIXTURES[name] as (typeof FIXTURES)[string];
  const old = make('v1');
  const next = make('v2');
  const request = { old, next, related, rolloutName: 'shop' };
  const mark = { annotations: { [ANNOTATION.inProgressing]: inProgressValue('shop') } };
  /** Held, with the mark that the decision adds. */
  const held = merge(apply(next, workload.hold(request)), { metadata: mark }) as KubeObject;

  it('its history has the template that serves, under the name by which the view knows it', () => {
    const { stableRevision } = workload.view(held, related);
    const serving = workload.revisions(held, related).find(({ revision }) => revision === stableRevision);
    expect(serving?.number).toBe(1);
    expect(sameTemplate(serving?.template, workload.view(old, related).template)).toBe(true);
    expect(serving?.template.metadata?.labels).not.toHaveProperty([LABEL.podTemplateHash]);
  });

  it('holds: an object is not held before and is held after', () => {
    expect(workload.isHeld(next)).toBe(false);
    expect(workload.isHeld(held)).toBe(true);
    expect(workload.view(held, related)).toMatchObject({ held: true, inProgress: 'shop', stableRevision: 'v1' });
    expect(workload.view(next, related)).toMatchObject({ held: false, inProgress: undefined });
  });

  it('what is kept of it tells whether there are annotations at all, which a patch must know', () => {
    const { annotations: _none, ...bare } = old.metadata;
    const applied = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
    expect(workload.project({ ...old, metadata: bare }).metadata.annotations).toBeUndefined();
    expect(workload.project({ ...old, metadata: { ...bare, annotations: applied } }).metadata.annotations).toEqual({});
  });

  it('a second hold is a no-op', () => {
    expect(operationsFor(held, workload.hold({ ...request, next: held }))).toEqual([]);
    expect(operationsFor(held, workload.keepHeld(held, held))).toEqual([]);
  });

  it('letting go after a hold restores the bytes of the user', () => {
    expect(tidy(perform(held, workload.letGo(held)))).toEqual(tidy(next));
  });

  it('lets go in one write, fenced by the version it was decided from', () => {
    const actions = workload.letGo(held, { labels: { [LABEL.enrolled]: null } });
    expect(actions).toHaveLength(1);
    expect(actions[0]).toMatchObject({ do: 'patch', resourceVersion: held.metadata.resourceVersion });
    expect(workload.letGo(make('v1'))).toEqual([]);
  });

  const context = {
    batchRelease: { metadata: { name: 'shop' } },
    owner: { apiVersion: 'v1', kind: 'BatchRelease', name: 'shop', uid: 'b' },
    podMetadata: undefined,
    collisionCount: 0,
  };

  it('states what its style can do: what it makes beside the workload, and whether new pods take the place of old ones', () => {
    expect(workload.rollingStyle.toLowerCase()).toBe(workload.style);
    expect(workload.replacesInPlace).toBe(workload.rollingStyle === ROLLING_STYLE.partition);
    const actions = workload.advance(held, related, context, 1);
    const made = actions.filter((action) => action.do === 'create').map(({ target }) => target.resource);
    expect(made).toEqual(workload.makesExtraWorkload ? [workload.resource] : []);
    expect(actions.some(({ target }) => target.name === held.metadata.name)).toBe(workload.replacesInPlace);
    expect(workload.freeze === undefined).toBe(workload.makesExtraWorkload);
  });

  it('whatever a client sends to undo a hold, it is held again as before', () => {
    for (const sent of undo(held)) {
      const kept = apply(sent, workload.keepHeld(held, sent));
      expect(workload.isHeld(kept)).toBe(true);
      expect(kept).toEqual(held);
    }
  });

  it('a later layer, asked again and again, leaves what an earlier one has kept', () => {
    const released = perform(
      held,
      workload.advance(held, related, context, 1).filter(({ target }) => target.name === held.metadata.name),
    );
    const before = [held, released];
    for (const was of before) {
      const updates = [...undo(was), ...own(was), make('v3'), ...own(make('v3'))];
      for (const sent of updates) {
        const once = apply(sent, workload.keepHeld(was, sent));
        expect(workload.isHeld(once)).toBe(true);
        expect(operationsFor(once, workload.keepHeld(was, once))).toEqual([]);
      }
    }
  });

  it('undoing a hold of an earlier layer restores the bytes of the user', () => {
    expect(apply(held, workload.unhold(old, held))).toMatchObject({ spec: next['spec'] });
    expect(
      tidy(
        merge(apply(held, workload.unhold(old, held)), {
          metadata: { annotations: { [ANNOTATION.inProgressing]: null } },
        }) as KubeObject,
      ),
    ).toEqual(tidy(next));
  });

  it('AW-14 names only fields of its list', () => {
    const edits = [...workload.hold(request), ...workload.keepHeld(held, next), ...workload.unhold(old, held)];
    for (const operation of undo(held).flatMap((sent) => operationsFor(sent, workload.keepHeld(held, sent))))
      expect(touchesOnly(operation, workload.holdPaths)).toBe(true);
    for (const { path } of edits) expect(workload.holdPaths).toContainEqual(path);
  });

  it('fields that it does not know survive', () => {
    expect(held).toMatchObject({ futureTop: 'kept', spec: { futureField: { kept: [1, { deep: true }] } } });
  });

  it('tells a rollback from a release', () => {
    const back = merge(apply(old, workload.hold({ ...request, next: old })), { metadata: mark }) as KubeObject;
    expect(workload.view(held, related).templateIsStable).toBe(false);
    expect(workload.view(back, related).templateIsStable).toBe(true);
    expect(workload.isRevision(old, related, 'v1')).toBe(true);
    expect(workload.isRevision(next, related, 'v1')).toBe(false);
    expect(workload.isRevision(old, related, '')).toBe(false);
  });

  it('reads the same from a projection, and the projection is a fixpoint', () => {
    const projected = workload.project(held);
    const { template: _full, ...full } = workload.view(held, related);
    const { template: _small, ...small } = workload.view(projected, related);
    expect(small).toEqual(full);
    expect(workload.project(projected)).toEqual(projected);
    expect(workload.isHeld(projected)).toBe(true);
  });

  it('names what it must see, and asks for no right that it does not name', () => {
    for (const { resource, as } of workload.related(next)) {
      expect(as).not.toBe('');
      const right = workload.needs.find((need) => need.group === resource.group && need.resource === resource.plural);
      expect(right?.verbs).toEqual(expect.arrayContaining(['list', 'watch']));
    }
    expect(JSON.stringify(workload.needs)).not.toContain('*');
  });

  it('does not hold a scale from or to zero', () => {
    const zero = (object: KubeObject): KubeObject => ({
      ...object,
      spec: { ...(object['spec'] as object), replicas: 0 },
    });
    expect([workload.applies(old, next), workload.applies(zero(old), next), workload.applies(old, zero(next))]).toEqual(
      [true, false, false],
    );
  });
});

describe.each(rows.filter(({ workload }) => workload.takeOver !== undefined))('$name by hand', ({ name, workload }) => {
  const { workload: make } = FIXTURES[name] as (typeof FIXTURES)[string];

  it('is taken over once, and then given back byte for byte', () => {
    const next = make('v2');
    const claim = { [ANNOTATION.controlInfo]: 'somebody' };
    const taken = merge(next, workload.takeOver?.(next, claim) ?? {}) as KubeObject;
    expect(workload.isHeld(taken)).toBe(true);
    expect(taken.metadata.annotations).toMatchObject(claim);
    expect(workload.takeOver?.(taken, claim)).toBeUndefined();
    expect(tidy(perform(taken, workload.letGo(taken)))).toEqual(tidy(next));
  });
});
