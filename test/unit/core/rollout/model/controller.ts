// One Sluice process in the model: observe, plan, apply, as the shell does it. It may be killed after any write.

import { BATCH_RELEASES, ROLLOUTS } from '../../../../../src/api/resources.ts';
import type { Action, Plan } from '../../../../../src/objects/actions.ts';
import { planBatchRelease } from '../../../../../src/core/batch/plan.ts';
import { writeKey } from '../../../../../src/objects/write-times.ts';
import { planRollout } from '../../../../../src/core/rollout/plan.ts';
import { planRouting } from '../../../../../src/core/routing/plan.ts';
import { Refusal, type ApiServer } from './api-server.ts';
import { LANE } from './objects.ts';
import { observeBatchRelease, observeRollout, observeRouting, type Memory } from './observe.ts';

export const SLUICE = 'sluice';

/** Thrown by a listener of writes to end the process there. */
export class Killed extends Error {}
/** Thrown by a listener of writes: the server has stored it, and the process never learns. */
export class AnswerLost extends Error {}

const isExpected = (error: unknown): boolean =>
  error instanceof AnswerLost || (error instanceof Refusal && ['Conflict', 'NotFound'].includes(error.reason));

export type Part = 'rollout' | 'batch' | 'routing';

export class Controller {
  readonly #server: ApiServer;
  readonly #now: () => number;
  readonly #name: string;
  #memory: Memory = { writtenAt: {}, nameTaken: false };
  wakeAt: Partial<Record<Part, number>> = {};
  /** Events recorded so far. */
  readonly events: string[] = [];

  constructor(server: ApiServer, now: () => number, name: string) {
    this.#server = server;
    this.#now = now;
    this.#name = name;
  }

  restart(): void {
    this.#memory = { writtenAt: {}, nameTaken: false };
    this.wakeAt = {};
  }

  plan(part: Part): Plan | undefined {
    const args = [this.#server, this.#name, this.#now(), this.#memory] as const;
    if (part === 'rollout') {
      const observed = observeRollout(...args);
      return observed === undefined ? undefined : planRollout(observed);
    }
    if (part === 'routing') {
      const observed = observeRouting(this.#server, LANE, this.#now(), this.#memory);
      return observed === undefined ? undefined : planRouting(observed);
    }
    const observed = observeBatchRelease(...args);
    return observed === undefined ? undefined : planBatchRelease(observed);
  }

  /** True when anything was attempted. */
  run(part: Part): boolean {
    const plan = this.plan(part);
    delete this.wakeAt[part];
    if (plan === undefined) return false;
    if (plan.wakeAt !== undefined) this.wakeAt[part] = plan.wakeAt;
    try {
      for (const action of plan.actions) if (!this.#perform(action)) return true;
    } catch (error) {
      if (error instanceof Killed) this.restart();
      else if (!isExpected(error)) throw error;
      return true;
    }
    this.events.push(...plan.events.map(({ message }) => message));
    return plan.actions.length > 0;
  }

  /** False when the name to create is taken. */
  #perform(action: Action): boolean {
    const { resource, name } = action.target;
    if (action.do === 'create') return this.#create(action);
    if (action.do === 'patch') {
      const { resourceVersion, subresource } = action;
      if (resourceVersion === '') throw new Error(`a patch of ${name} without precondition: ${action.why}`);
      this.#remember(action, () =>
        this.#server.patch(SLUICE, resource, name, action.patch, { resourceVersion, subresource }),
      );
      return true;
    }
    try {
      this.#remember(action, () => this.#server.delete(SLUICE, resource, name, action.uid));
    } catch (error) {
      if (!(error instanceof Refusal && error.reason === 'NotFound')) throw error;
    }
    return true;
  }

  #create(action: Action & { do: 'create' }): boolean {
    const { resource, name } = action.target;
    try {
      this.#remember(action, () => this.#server.create(SLUICE, resource, action.object));
      return true;
    } catch (error) {
      if (!(error instanceof Refusal && error.reason === 'AlreadyExists')) throw error;
      const owner = this.#server.get(resource, name)?.metadata.ownerReferences?.find((one) => one.controller === true);
      if (owner?.uid === action.object.metadata.ownerReferences?.[0]?.uid) return true;
      if (resource === BATCH_RELEASES || resource === ROLLOUTS) return false;
      this.#memory.nameTaken = true;
      return false;
    }
  }

  /** The write log has the time of the answer; a process that dies in between never had it. */
  #remember({ target }: Action, write: () => unknown): void {
    write();
    this.#memory.writtenAt[writeKey(target.resource.plural, this.#server.namespace, target.name)] = this.#now();
  }
}
