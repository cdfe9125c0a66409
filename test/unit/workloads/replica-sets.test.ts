import { describe, expect, it } from 'vitest';
import {
  activeOf,
  byHash,
  ownedBy,
  projectReplicaSet,
  revisionsOf,
  templateHashOf,
} from '../../../src/workloads/replica-sets.ts';
import { templateHash } from '../../../src/objects/revision.ts';
import { replicaSet, template, UID } from './objects.ts';

const names = (list: { metadata: { name: string } }[]): string[] => list.map(({ metadata }) => metadata.name);

describe('the projection of a ReplicaSet', () => {
  const full = {
    ...replicaSet('v1', 5, 1),
    metadata: { ...replicaSet('v1', 5, 1).metadata, managedFields: [{ manager: 'x' }] },
  };

  it('keeps identity, owner, labels, revision and counts, and a hash for the template', () => {
    const { managedFields: _managed, ...metadata } = full.metadata;
    expect(projectReplicaSet(full)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { ...metadata, annotations: { 'deployment.kubernetes.io/revision': '1' } },
      spec: { replicas: 5 },
      status: { replicas: 5, readyReplicas: 5, availableReplicas: 5 },
      templateHash: templateHash(template('v1')),
    });
  });

  it('is a fixpoint, and reads the same', () => {
    const projected = projectReplicaSet(full);
    expect(projectReplicaSet(projected)).toEqual(projected);
    expect(templateHashOf(projected)).toBe(templateHashOf(full));
    expect(names(activeOf([projected], UID))).toEqual(['web-v1']);
  });

  it('shows that it is being deleted', () => {
    const going = { ...full, metadata: { ...full.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    expect(activeOf([projectReplicaSet(going)], UID)).toEqual([]);
  });
});

describe('revisions of a Deployment', () => {
  it('are its own only, oldest first by number, not by text', () => {
    const list = [replicaSet('v10', 1, 10), replicaSet('v9', 0, 9), replicaSet('other', 1, 1, { uid: 'someone' })];
    expect(names(revisionsOf(list, UID))).toEqual(['web-v9', 'web-v10']);
  });

  it('are active while they are meant to have pods', () => {
    const list = [replicaSet('v1', 0, 1), replicaSet('v2', 1, 2)];
    expect(names(activeOf(list, UID))).toEqual(['web-v2']);
  });

  it('of one number go by age', () => {
    const list = [replicaSet('new', 1, 1, { created: '2026-01-01T00:00:09Z' }), replicaSet('old', 1, 1)];
    expect(names(activeOf(list, UID))).toEqual(['web-old', 'web-new']);
  });

  it('are found by their hash, never by an empty one', () => {
    const list = [replicaSet('', 1, 1), replicaSet('v2', 1, 2)];
    expect(byHash(list, 'v2')?.metadata.name).toBe('web-v2');
    expect(byHash(list, '')).toBeUndefined();
  });

  it('belong to their controller, not to any owner', () => {
    const full = replicaSet('v1', 1, 1);
    const ownerReferences = full.metadata.ownerReferences.map((owner) => ({ ...owner, controller: false }));
    const loose = { ...full, metadata: { ...full.metadata, ownerReferences } };
    expect(ownedBy(loose, UID)).toBe(false);
  });
});
