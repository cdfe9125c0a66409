// A client that waits as long as the API server asks it to. An answer of 429 means that nothing was done: the server is busy,
// or has just begun to serve a kind. Everything else is the verb's business.

import type { Client } from '../kube/client.ts';
import { isKubeError } from '../kube/errors.ts';
import { sleep, type Clock } from '../runtime/clock.ts';

const TOO_MANY_REQUESTS = 429;
const ATTEMPTS = 6;
const DEFAULT_WAIT_MS = 1_000;

export function patient(client: Client, clock: Clock): Client {
  const again = async <T>(call: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call();
      } catch (error) {
        if (!isKubeError(error) || error.status !== TOO_MANY_REQUESTS || attempt === ATTEMPTS) throw error;
        await sleep(clock, error.retryAfterMs ?? DEFAULT_WAIT_MS);
      }
    }
  };
  return {
    get: (...args) => again(() => client.get(...args)),
    list: (...args) => again(() => client.list(...args)),
    raw: (...args) => again(() => client.raw(...args)),
    // A watch has its own way of trying again.
    watch: (...args) => client.watch(...args),
    create: (...args) => again(() => client.create(...args)),
    mergePatch: (...args) => again(() => client.mergePatch(...args)),
    jsonPatch: (...args) => again(() => client.jsonPatch(...args)),
    replace: (...args) => again(() => client.replace(...args)),
    post: (...args) => again(() => client.post(...args)),
    createSubresource: (...args) => again(() => client.createSubresource(...args)),
    delete: (...args) => again(() => client.delete(...args)),
  };
}
