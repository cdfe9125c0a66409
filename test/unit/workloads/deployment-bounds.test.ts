import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundsOf, partitionLimit } from '../../../src/workloads/deployment-bounds.ts';
import { readDeploymentStrategy, type DeploymentStrategy } from '../../../src/api/deployment-strategy.ts';

const strategy = (annotation: object): DeploymentStrategy =>
  readDeploymentStrategy(JSON.stringify(annotation)) as DeploymentStrategy;

describe('the numbers of a partition strategy', () => {
  it.each([
    ['20%', 5, 1],
    ['21%', 5, 2],
    ['90%', 5, 4],
    ['99%', 1, 1],
    ['100%', 5, 5],
    [5, 5, 5],
    [7, 5, 5],
    [0, 5, 0],
    ['0%', 5, 0],
    [-1, 5, 0],
    ['garbage', 5, 0],
    ['50%', 0, 0],
  ])('partition %j of %i pods allows %i', (partition, replicas, expected) => {
    expect(partitionLimit(partition, replicas)).toBe(expected);
  });

  it('X1 has 25 % of each by default, surge rounded up and missing pods rounded down', () => {
    expect(boundsOf(strategy({ rollingStyle: 'Partition' }), 10)).toMatchObject({ surge: 3, minAvailable: 8 });
    expect(boundsOf(strategy({ rollingUpdate: { maxUnavailable: 1 } }), 10)).toMatchObject({
      surge: 3,
      minAvailable: 9,
    });
    expect(boundsOf(strategy({ rollingUpdate: { maxSurge: 1 } }), 10)).toMatchObject({ surge: 1, minAvailable: 8 });
  });

  it('one pod may be missing where both come to nothing', () => {
    const nothing = strategy({ rollingUpdate: { maxSurge: 0, maxUnavailable: '10%' } });
    expect(boundsOf(nothing, 5)).toMatchObject({ surge: 0, minAvailable: 4 });
    expect(boundsOf(nothing, 0)).toMatchObject({ surge: 0, minAvailable: 0 });
  });

  it('a share below all leaves an old pod, whatever the size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 2, max: 500 }), (percent, replicas) => {
        expect(partitionLimit(`${percent}%`, replicas)).toBeLessThan(replicas);
      }),
    );
  });
});
