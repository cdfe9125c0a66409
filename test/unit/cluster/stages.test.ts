import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kwokConfig, READY_AFTER } from '../../cluster/local/stages.ts';

interface Stage {
  kind: string;
  metadata: { name: string };
  spec: {
    resourceRef: { kind: string };
    selector: { matchExpressions: { key: string; operator: string; values?: string[] }[] };
    delay?: { durationMilliseconds: number; durationFrom?: { jq: { expression: string } } };
    next: { delete?: boolean; statusTemplate?: string };
  };
}

const documents = parseAllDocuments(kwokConfig()).map((document) => document.toJS() as Stage);
const stages = new Map(documents.filter(({ kind }) => kind === 'Stage').map((stage) => [stage.metadata.name, stage]));
const spec = (name: string): Stage['spec'] => {
  const stage = stages.get(name);
  if (!stage) throw new Error(`no stage ${name}`);
  return stage.spec;
};
const phases = (name: string): string[] | undefined =>
  spec(name).selector.matchExpressions.find(({ key }) => key === '.status.phase')?.values;

describe("KWOK's configuration", () => {
  test('starts with the options, then the stages of nodes and Pods', () => {
    expect(documents[0]?.kind).toBe('KwokConfiguration');
    expect([...stages.keys()]).toEqual([
      'node-ready',
      'node-heartbeat',
      'pod-ready',
      'pod-failing',
      'pod-in-place',
      'pod-in-place-failing',
      'pod-complete',
      'pod-delete',
    ]);
  });

  test('a Pod becomes ready without delay, unless its annotation asks for one', () => {
    const { delay, next } = spec('pod-ready');
    expect(delay?.durationMilliseconds).toBe(0);
    expect(delay?.durationFrom?.jq.expression).toContain(READY_AFTER);
    expect(next.statusTemplate).toMatch(/imageID:/);
    expect(next.statusTemplate).toMatch(/range \.spec\.readinessGates/);
  });

  test('an image that fails leaves the Pod pending', () => {
    expect(phases('pod-failing')).toEqual(['Pending']);
    expect(spec('pod-failing').next.statusTemplate).not.toMatch(/^phase:/m);
    expect(spec('pod-failing').next.statusTemplate).toContain('reason: ImagePullBackOff');
  });

  test('deletion waits for nothing and asks for no phase', () => {
    expect(spec('pod-delete').selector.matchExpressions).toEqual([
      { key: '.metadata.deletionTimestamp', operator: 'Exists' },
    ]);
    expect(spec('pod-delete').delay).toBeUndefined();
    expect(spec('pod-delete').next.delete).toBe(true);
  });

  test.each([...stages.keys()].filter((name) => name.startsWith('pod-') && name !== 'pod-delete'))(
    'stage %s leaves Pods alone that are being deleted',
    (name) => {
      expect(spec(name).selector.matchExpressions).toContainEqual({
        key: '.metadata.deletionTimestamp',
        operator: 'DoesNotExist',
      });
    },
  );

  test.each([...stages])('the template of %s closes every block it opens', (_, { spec: { next } }) => {
    const template = next.statusTemplate ?? '';
    const opened = template.match(/\{\{ ?(if|range|with)\b/g) ?? [];
    const closed = template.match(/\{\{ ?end ?\}\}/g) ?? [];
    expect(closed.length).toBe(opened.length);
  });
});
