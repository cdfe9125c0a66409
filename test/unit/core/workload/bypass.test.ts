import { describe, expect, it } from 'vitest';
import { computeHash } from '../../../../src/objects/revision.ts';
import { bypassOf } from '../../../../src/core/workload/bypass.ts';
import { deploymentCanary } from '../../../../src/workloads/deployment-canary.ts';
import { deployment, held, replicaSet, rollout, template, type DeploymentParts } from '../../workloads/objects.ts';

const V2 = computeHash(template('v2'));
const both = [replicaSet('v1', 0, 1), replicaSet('v2', 5, 2)];

const found = (
  created: string,
  replicaSets: ReturnType<typeof replicaSet>[],
  status?: object,
  parts: DeploymentParts = {},
) =>
  bypassOf(
    rollout({ created, ...(status === undefined ? {} : { status }) }),
    deploymentCanary.view(deployment({ image: 'v2', ...parts }), { replicaSets }),
  );

describe('a revision that nothing held', () => {
  it('is younger than the Rollout, had an older one before it, and no release is recorded', () => {
    expect(found('2026-01-01T00:00:01Z', both)).toMatchObject({
      revision: V2,
      message: expect.stringMatching(/without steps: nothing held it/),
    });
  });

  it('counts when it is of the same second as the Rollout', () => {
    expect(found('2026-01-01T00:00:02Z', both)).toBeDefined();
  });

  it.each([
    ['older than the Rollout', '2026-01-01T00:00:03Z', both, undefined, {}],
    ['the first one', '2026-01-01T00:00:01Z', both.slice(1), undefined, {}],
    ['recorded by a release', '2026-01-01T00:00:01Z', both, { canaryStatus: { canaryRevision: V2 } }, {}],
    ['held', '2026-01-01T00:00:01Z', both, undefined, held()],
  ])('is not one that is %s', (_title, created, replicaSets, status, parts) => {
    expect(found(created, replicaSets, status, parts)).toBeUndefined();
  });

  it('is found after a recorded release as well', () => {
    expect(found('2026-01-01T00:00:01Z', both, { canaryStatus: { canaryRevision: 'another' } })).toBeDefined();
  });
});
