import { expect, it } from 'vitest';
import { whoseMetadata, keptMetadata, withoutRecords } from '../../../src/objects/kept.ts';

const metadata = {
  name: 'web',
  namespace: 'shop',
  uid: 'u',
  resourceVersion: '7',
  generateName: 'web-',
  labels: { app: 'web' },
  annotations: {
    'sluice.dev/rollout': 'web',
    'of.somebody/else': 'x',
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
  },
  managedFields: [{ manager: 'kubectl' }],
};

it('of metadata a table keeps every label, and the annotations that somebody reads', () => {
  expect(keptMetadata(metadata)).toEqual({
    name: 'web',
    namespace: 'shop',
    uid: 'u',
    resourceVersion: '7',
    labels: { app: 'web' },
    annotations: { 'sluice.dev/rollout': 'web' },
  });
});

it('an object of ours is kept whole, without what others record in it', () => {
  const spec = { paused: true };
  const { managedFields: _managed, ...rest } = metadata;
  const annotations = { 'sluice.dev/rollout': 'web', 'of.somebody/else': 'x' };
  expect(withoutRecords({ kind: 'Rollout', metadata, spec })).toEqual({
    kind: 'Rollout',
    metadata: { ...rest, annotations },
    spec,
  });
  expect(withoutRecords({ metadata: { name: 'bare' } })).toEqual({ metadata: { name: 'bare' } });
});

it('of what is not read it keeps that it is there, and that it goes away', () => {
  const { namespace: _namespace, ...rest } = metadata;
  const going = { ...rest, deletionTimestamp: '2026-01-01T00:00:00Z' };
  expect(whoseMetadata(going)).toEqual({
    name: 'web',
    uid: 'u',
    resourceVersion: '7',
    deletionTimestamp: '2026-01-01T00:00:00Z',
  });
});
