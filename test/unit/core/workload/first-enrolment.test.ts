// What the first enrolment tests and writes, judged by a library of others on what the object has become meanwhile.

import jsonpatch from 'fast-json-patch';
import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../../../src/api/kube.ts';
import { ANNOTATION, LABEL } from '../../../../src/api/names.ts';
import { DEPLOYMENTS } from '../../../../src/api/resources.ts';
import { firstEnrolment } from '../../../../src/core/workload/first-enrolment.ts';
import { passes } from '../../../../src/lib/json-patch.ts';
import { deployment, type DeploymentParts } from '../../workloads/objects.ts';

const ADDED = {
  labels: { [LABEL.enrolled]: 'canary', [LABEL.workloadType]: 'deployment' },
  annotations: { [ANNOTATION.rollout]: 'shop', [ANNOTATION.workloadTypeOwned]: 'true' },
};
const BARE: DeploymentParts = {};
const MAPS: DeploymentParts = { labels: { app: 'web' }, annotations: { [ANNOTATION.deploymentRevision]: '1' } };

const operationsOn = (
  seen: KubeObject,
  added: typeof ADDED | { labels: JsonObject; annotations: JsonObject } = ADDED,
) => firstEnrolment(DEPLOYMENTS, seen, added, 'why')?.operations ?? [];

/** As the API server answers; undefined = a test failed. */
function written(seen: KubeObject, live: KubeObject): KubeObject | undefined {
  const operations = operationsOn(seen);
  const tests = operations.filter((one) => one.op === 'test');
  if (!tests.every((test) => passes(live, test))) return undefined;
  const changes = operations.filter((one) => one.op !== 'test');
  return jsonpatch.applyPatch(structuredClone(live), changes as jsonpatch.Operation[], true).newDocument;
}

const changed = (parts: DeploymentParts, metadata: object = {}): KubeObject =>
  deployment({ ...parts, metadata: { resourceVersion: '11', ...metadata } });

describe('the first enrolment', () => {
  it.each([
    ['no maps', BARE],
    ['maps', MAPS],
    ['labels alone', { labels: { app: 'web' } }],
    ['annotations alone', { annotations: { team: 'a' } }],
  ])('adds our marks to an object with %s, whatever its status became', (_title, parts) => {
    const live = { ...changed(parts), status: { replicas: 1 } };
    expect(written(deployment(parts), live)).toEqual({
      ...live,
      metadata: {
        ...live.metadata,
        labels: { ...parts.labels, ...ADDED.labels },
        annotations: { ...parts.annotations, ...ADDED.annotations },
      },
    });
  });

  it.each([
    ['the escape was set', { ...MAPS, labels: { ...MAPS.labels, [LABEL.enrolled]: 'false' } }, {}],
    ['another enrolled it', { ...MAPS, annotations: { ...MAPS.annotations, [ANNOTATION.rollout]: 'other' } }, {}],
    ['a release began', { ...MAPS, annotations: { ...MAPS.annotations, [ANNOTATION.inProgressing]: '{}' } }, {}],
    ['a type was set', { ...MAPS, labels: { ...MAPS.labels, [LABEL.workloadType]: 'mine' } }, {}],
    ['its spec or an annotation changed', MAPS, { generation: 4 }],
    ['it is another object of this name', MAPS, { uid: 'later' }],
    ['its annotations are gone', { labels: { app: 'web' } }, {}],
  ])('is refused when %s', (_title, parts: DeploymentParts, metadata) => {
    expect(written(deployment(MAPS), changed(parts, metadata))).toBeUndefined();
  });

  it.each([
    ['the escape', { labels: { [LABEL.enrolled]: 'false' } }],
    ['any label', { labels: { app: 'web' } }],
    ['any annotation', { annotations: { team: 'a' } }],
  ])('never replaces a map that came meanwhile, with %s', (_title, parts) => {
    expect(written(deployment(BARE), changed(parts))).toBeUndefined();
  });

  it('keeps a type that the user set, as long as it is that', () => {
    const typed = { ...MAPS, labels: { ...MAPS.labels, [LABEL.workloadType]: 'mine' } };
    const added = { labels: { [LABEL.enrolled]: 'canary' }, annotations: { [ANNOTATION.rollout]: 'shop' } };
    const [path, value] = [`/metadata/labels/${LABEL.workloadType.replace('/', '~1')}`, 'mine'];
    expect(operationsOn(deployment(typed), added)).toContainEqual({ op: 'test', path, value });
  });

  it('is none for an object with marks, or of which it is not known which one it is', () => {
    expect(operationsOn(deployment({ labels: { [LABEL.enrolled]: 'canary' } }))).toEqual([]);
    expect(operationsOn(deployment({ annotations: { [ANNOTATION.rollout]: 'shop' } }))).toEqual([]);
    expect(operationsOn(deployment({ metadata: { uid: undefined } }))).toEqual([]);
    expect(operationsOn(deployment({ metadata: { generation: undefined } }))).toEqual([]);
  });
});
