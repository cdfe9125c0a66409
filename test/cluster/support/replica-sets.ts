// Every size that ReplicaSets of a namespace ever had, as a watch tells it: for what must not happen in between.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { kubectlPath } from '../local/cluster.ts';
import { until } from './until.ts';

const FORMAT =
  '{.metadata.name} {.spec.template.spec.containers[0].image} {.spec.replicas} {.status.availableReplicas}{"\\n"}';

export interface Sighting {
  name: string;
  image: string;
  replicas: number;
  available: number;
}

export interface Lookout {
  readonly seen: Sighting[];
  stop(): Promise<void>;
}

const read = (line: string): Sighting => {
  const [name = '', image = '', replicas = '0', available = '0'] = line.split(' ');
  return { name, image, replicas: Number(replicas), available: Number(available || '0') };
};

/** Watches until stopped; returns once what is there has been seen. */
export async function watchReplicaSets(kubeconfig: string, namespace: string): Promise<Lookout> {
  const args = ['--kubeconfig', kubeconfig, 'get', 'replicasets', '-n', namespace, '-w', '-o', `jsonpath=${FORMAT}`];
  const child = spawn(await kubectlPath(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const seen: Sighting[] = [];
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    seen.push(...lines.filter((line) => line !== '').map(read));
  });
  await until('the watch shows what is there', () => seen.length > 0);
  return {
    seen,
    async stop() {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}

/** How often each ReplicaSet changed its direction. */
export function turns(seen: readonly Sighting[]): Record<string, number> {
  const result: Record<string, number> = {};
  const last = new Map<string, { size: number; up: boolean | undefined }>();
  for (const { image, replicas } of seen) {
    const before = last.get(image);
    const isChange = before !== undefined && before.size !== replicas;
    const up = isChange ? replicas > before.size : before?.up;
    if (isChange && before.up !== undefined && up !== before.up) result[image] = (result[image] ?? 0) + 1;
    last.set(image, { size: replicas, up });
  }
  return result;
}
