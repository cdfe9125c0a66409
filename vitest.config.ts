import { defineConfig } from 'vitest/config';

/** Tests that bound a time have the machine for themselves: kube-apiserver lets pass what a starved webhook does not answer. */
const ALONE = 'test/cluster/**/*.alone.test.ts';
const ON_A_CLUSTER = { globalSetup: ['test/cluster/setup.ts'], testTimeout: 120_000, hookTimeout: 600_000 };

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/contract/**/*.test.ts'], testTimeout: 20_000 },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          exclude: [ALONE],
          ...ON_A_CLUSTER,
          maxWorkers: 4,
          // Tests of one file that play in namespaces of their own.
          maxConcurrency: 10,
        },
      },
      { test: { name: 'alone', include: [ALONE], ...ON_A_CLUSTER, maxWorkers: 1 } },
    ],
  },
});
