// The act of every reconciler: plan performed, Events recorded, outcome translated for the queue.

import type { KubeObject } from '../api/kube.ts';
import type { Action } from '../objects/actions.ts';
import type { Plan } from '../core/tasks/plan.ts';
import { isKubeError, type KubeError } from '../kube/errors.ts';
import type { ReconcileResult } from '../runtime/controller.ts';

export interface ApplyOutcome {
  failure?: KubeError | undefined;
  nameTaken?: boolean;
}

export interface Performer {
  apply(actions: readonly Action[], signal: AbortSignal): Promise<ApplyOutcome>;
  /** Records an Event; never fails and never waits. */
  event(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
  log(fields: Record<string, unknown>, message: string): void;
}

export interface Performed extends ReconcileResult {
  nameTaken: boolean;
}

export async function perform(
  performer: Performer,
  about: KubeObject,
  plan: Plan,
  signal: AbortSignal,
): Promise<Performed> {
  const { failure, nameTaken } = await performer.apply(plan.actions, signal);
  // Changed or gone since it was read: the next look decides anew.
  if (failure !== undefined && (failure.conflict || failure.notFound)) return { again: true, nameTaken: false };
  if (failure !== undefined) {
    if (!failure.retryable)
      performer.event(about, 'Warning', 'WriteRefused', `the API server refused a write: ${failure.message}`);
    throw failure;
  }
  for (const { type, reason, message } of plan.events) performer.event(about, type, reason, message);
  if (plan.actions.length > 0) {
    const { name, namespace } = about.metadata;
    performer.log(
      { kind: about.kind, namespace, name, why: plan.why, writes: plan.actions.map(({ why }) => why) },
      'acted',
    );
  }
  return {
    nameTaken: nameTaken === true,
    ...(plan.wakeAt === undefined ? {} : { wakeAt: plan.wakeAt }),
    ...(nameTaken === true ? { again: true } : {}),
  };
}

/** Refusals that only a person can end, by key, so that the next plan can tell of them. Lost on a restart, which asks again. */
export class Refusals {
  readonly #said = new Map<string, string>();

  of(key: string): string {
    return this.#said.get(key) ?? '';
  }

  forget(key: string): void {
    this.#said.delete(key);
  }

  /** Runs one attempt and remembers how the API server took it. */
  async watch<T>(key: string, attempt: () => Promise<T>): Promise<T> {
    try {
      const result = await attempt();
      this.#said.delete(key);
      return result;
    } catch (error) {
      if (isKubeError(error) && !error.retryable && error.status >= 400) this.#said.set(key, error.message);
      throw error;
    }
  }
}
