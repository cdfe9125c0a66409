// Before the first cluster test: the binaries of the control plane exist, so that no test waits for a build. Every test file
// brings up a cluster of its own (support/cluster.ts) and takes it down again.

import { down, up } from './local/cluster.ts';

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

export default async function setup(): Promise<void> {
  await up({ name: 'test-warm-up', log });
  await down('test-warm-up', log);
}
