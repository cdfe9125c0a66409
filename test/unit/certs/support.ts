// A Secret as an API server keeps it: versions, preconditions, AlreadyExists, merge patch of data.

import type { JsonObject, KubeObject } from '../../../src/api/kube.ts';
import type { KeeperOptions } from '../../../src/certs/keeper.ts';

export class LostRace extends Error {
  readonly status = 409;
}

export interface FakeSecret {
  live: KubeObject | undefined;
  writes: string[];
  access: KeeperOptions['secret'];
}

export function fakeSecret(yieldTurn: () => Promise<void> = () => Promise.resolve()): FakeSecret {
  let version = 0;
  const merge = (data: JsonObject, body: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries({ ...data, ...body }).filter(([, value]) => value !== null));
  const fake: FakeSecret = {
    live: undefined,
    writes: [],
    access: {
      namespace: 'kruise-rollout',
      name: 'kruise-rollout-webhook-certs',
      async read() {
        await yieldTurn();
        return structuredClone(fake.live);
      },
      async create(secret) {
        await yieldTurn();
        if (fake.live !== undefined) throw new LostRace('AlreadyExists');
        fake.live = { ...secret, metadata: { ...secret.metadata, resourceVersion: String((version += 1)) } };
        fake.writes.push('create');
      },
      async patch(body, resourceVersion) {
        await yieldTurn();
        if (fake.live === undefined || fake.live.metadata.resourceVersion !== resourceVersion)
          throw new LostRace('Conflict');
        const data = merge((fake.live['data'] ?? {}) as JsonObject, body['data'] as JsonObject);
        fake.live = {
          ...fake.live,
          data,
          metadata: { ...fake.live.metadata, resourceVersion: String((version += 1)) },
        };
        fake.writes.push('patch');
      },
    },
  };
  return fake;
}

export const quiet = { info() {}, warn() {} };
