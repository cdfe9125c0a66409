// Releases of many applications, some at once, each from the new image until it is Healthy again.

import type { KubeObject } from '../../src/api/kube.ts';
import { DEPLOYMENTS } from '../../src/api/resources.ts';
import type { Client } from '../../src/kube/port.ts';
import type { Table } from '../../src/kube/store.ts';
import { NAMESPACE, nameOf, phaseOf, template } from './applications.ts';

export const AT_ONCE = 20;
export const RELEASE_MS = 120_000;
/** Goes on at once. */
export const STEPS = [{ replicas: '100%', pause: { duration: 0 } }];

/** Resolves when it has left Healthy and is Healthy again. */
function released(rollouts: Table, name: string): Promise<void> {
  const late = AbortSignal.timeout(RELEASE_MS);
  return new Promise((resolve, reject) => {
    let isUnderWay = false;
    const end = rollouts.onChange((_before: KubeObject | undefined, after: KubeObject | undefined) => {
      if (after?.metadata.name !== name) return;
      if (phaseOf(after) !== 'Healthy') isUnderWay = true;
      else if (isUnderWay) {
        end();
        resolve();
      }
    });
    late.addEventListener('abort', () => {
      end();
      const status = JSON.stringify(rollouts.get(NAMESPACE, name)?.['status']);
      reject(new Error(`the release of ${name} takes longer than ${RELEASE_MS} ms: ${status}`));
    });
  });
}

/** Each application is released again and again, until there were `count` releases. */
export async function release(client: Client, rollouts: Table, first: number, count: number): Promise<void> {
  let next = first;
  const worker = async (index: number): Promise<void> => {
    const name = nameOf(index);
    while (next < first + count) {
      const tag = (next += 1);
      const done = released(rollouts, name);
      const patch = { spec: { template: template(name, `cilium/echoserver:release-${tag}`) } };
      await client.mergePatch({ resource: DEPLOYMENTS, namespace: NAMESPACE, name }, patch);
      await done;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => worker(index)));
}
