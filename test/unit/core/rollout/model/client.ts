// The port of one Sluice process to the model's API server.

import type { JsonObject, KubeObject, Resource } from '../../../../../src/api/kube.ts';
import { FIELD_MANAGER } from '../../../../../src/api/names.ts';
import { KubeError, unanswered } from '../../../../../src/kube/errors.ts';
import type { Client, DeleteOptions, PatchOptions } from '../../../../../src/kube/port.ts';
import { applied, passes, type PatchOperation, type PatchTest } from '../../../../../src/lib/json-patch.ts';
import { mergePatch } from '../../../../../src/objects/status.ts';
import type { Target } from '../../../../../src/objects/actions.ts';
import { MemoryReader } from '../../../support/memory-reader.ts';
import { Refusal, type ApiServer } from './api-server.ts';
import { hashed } from './hashes.ts';

export const SLUICE = FIELD_MANAGER;

/** Thrown by a listener of writes: the server has stored it, and the process never learns. */
export class AnswerLost extends Error {}

const STATUS: Record<Refusal['reason'], number> = { Conflict: 409, AlreadyExists: 409, NotFound: 404, Denied: 403 };

/** As the transport tells it. */
function asKubeError(error: unknown): unknown {
  if (error instanceof AnswerLost) return unanswered(error, 'a write', true);
  if (!(error instanceof Refusal)) return error;
  return new KubeError({ status: STATUS[error.reason], reason: error.reason, message: error.message });
}

/** Also for a test that failed. */
const INVALID = new KubeError({ status: 422, reason: 'Invalid', message: 'the request is invalid' });

const unused = (): never => {
  throw new Error('plans do not use this');
};

export class ModelClient extends MemoryReader implements Client {
  readonly #server: ApiServer;

  constructor(server: ApiServer) {
    super({
      get: (resource, name) => {
        const found = server.get(resource, name);
        return found === undefined ? undefined : hashed(found);
      },
      list: (resource) => server.list(resource).map(hashed),
    });
    this.#server = server;
  }

  create(resource: Resource, _namespace: string, object: KubeObject): Promise<KubeObject> {
    return this.#write(() => this.#server.create(SLUICE, resource, object));
  }

  mergePatch({ resource, name }: Target, patch: JsonObject, options: PatchOptions = {}): Promise<KubeObject> {
    const { resourceVersion = '', subresource } = options;
    return this.#write(() => this.#server.patch(SLUICE, resource, name, patch, { resourceVersion, subresource }));
  }

  jsonPatch({ resource, name }: Target, given: unknown[], { subresource }: PatchOptions = {}): Promise<KubeObject> {
    const operations = given as (PatchTest | PatchOperation)[];
    return this.#write(() => {
      const before = this.#server.get(resource, name);
      const tests = operations.filter((one) => one.op === 'test');
      if (before !== undefined && !tests.every((test) => passes(before, test))) throw INVALID;
      const edits = operations.filter((one) => one.op !== 'test');
      const body = before === undefined ? {} : (mergePatch(before, applied(before, edits)) ?? {});
      return this.#server.patch(SLUICE, resource, name, body, { subresource });
    });
  }

  delete({ resource, name }: Target, { uid }: DeleteOptions = {}): Promise<KubeObject | undefined> {
    return this.#write(() => this.#server.delete(SLUICE, resource, name, uid));
  }

  async #write<T extends KubeObject | undefined>(write: () => T): Promise<T> {
    await Promise.resolve();
    try {
      const answer = write();
      return answer === undefined ? answer : (hashed(answer) as T);
    } catch (error) {
      throw asKubeError(error);
    }
  }

  replace = unused;
  createSubresource = unused;
  post = unused;
}
