// Ties workloads to the control pipe: who governs this one, and what it carries of our marks.

import { planWorkload, type WorkloadFacts, type WorkloadPlan } from '../core/workload/enrolment.ts';
import type { Observer } from '../gather/observer.ts';
import { claimsLive, observeWorkload } from '../gather/workload.ts';
import type { Reconciler } from '../runtime/controller.ts';
import { perform, type Performer } from './perform.ts';

export const workloadReconciler = (observer: Observer, performer: Performer): Reconciler => ({
  name: 'workload',
  async reconcile(key, signal) {
    const facts = observeWorkload(observer, key);
    if (facts === undefined) return {};
    const plan = await planFrom(observer, facts, signal);
    return perform(performer, facts.workload, { ...plan, events: [] }, signal);
  },
});

/** Again with a live list when the plan asks for one. */
async function planFrom(observer: Observer, facts: WorkloadFacts, signal: AbortSignal): Promise<WorkloadPlan> {
  const plan = planWorkload(facts);
  return plan.needsLive ? planWorkload({ ...facts, ...(await claimsLive(observer, facts, signal)) }) : plan;
}
