import { describe, expect, it } from 'vitest';
import { readDeploymentStrategy, writeDeploymentStrategy } from '../../../src/api/deployment-strategy.ts';

describe('the partition annotation of a Deployment', () => {
  it('X1 fills in a missing maxSurge as maxSurge and leaves maxUnavailable alone', () => {
    const read = readDeploymentStrategy('{"rollingStyle":"Partition","rollingUpdate":{"maxUnavailable":1}}');
    expect(read?.rollingUpdate).toEqual({ maxUnavailable: 1, maxSurge: '25%' });
    const other = readDeploymentStrategy('{"rollingUpdate":{"maxSurge":0}}');
    expect(other?.rollingUpdate).toEqual({ maxUnavailable: '25%', maxSurge: 0 });
  });

  it('is the same after writing and reading', () => {
    const rollingUpdate = { maxUnavailable: 0, maxSurge: '10%' };
    const strategy = { rollingStyle: 'Partition', rollingUpdate, paused: true, partition: '20%' };
    expect(readDeploymentStrategy(writeDeploymentStrategy(strategy))).toEqual(strategy);
  });

  it.each([undefined, null, '', '{', '[]', '7', 'null'])('is unreadable as %j', (text) => {
    expect(readDeploymentStrategy(text)).toBeUndefined();
  });

  it('has defaults for everything', () => {
    expect(readDeploymentStrategy('{}')).toEqual({
      rollingStyle: 'Partition',
      rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' },
      paused: false,
      partition: 0,
    });
  });
});
