// Phases without a release: Initial and Healthy. Decides when one begins, and that leaving Healthy is one write that
// already tells the whole new state.

import { CONDITION, OUR_REASON, PHASE, PROGRESSING_REASON, TEXT } from '../../../api/names.ts';
import { bypassOf } from '../../workload/bypass.ts';
import type { ObservedWorkload } from '../observed.ts';
import type { Draft } from '../draft.ts';
import { followWorkload, freshStatus, idleStatus } from '../revisions.ts';

const refOf = (d: Draft): string => {
  const { kind, name } = d.o.rollout.spec.workloadRef;
  return `${kind} ${name}`;
};

/** The workload is not there and nothing of a release is left. */
export function initial(d: Draft): void {
  d.status.phase = PHASE.initial;
  delete d.status.canaryStatus;
  d.drop(CONDITION.progressing);
  d.wait(`waiting for the workload: ${refOf(d)} does not exist`);
}

/** False, with a condition that explains it, when this Rollout cannot govern its workload. */
function accepted(d: Draft): boolean {
  const { o } = d;
  const refuse = (reason: string, message: string): false => {
    d.condition(CONDITION.accepted, 'False', reason, message);
    d.wait(message);
    return false;
  };
  if (o.violations.length > 0) return refuse(OUR_REASON.invalid, o.violations.join('; '));
  if (o.kind === undefined) return refuse(OUR_REASON.unsupported, o.unsupported);
  if (o.governor !== '' && o.governor !== o.rollout.metadata.name) {
    return refuse(
      OUR_REASON.conflict,
      `${refOf(d)} is governed by Rollout ${o.governor}; delete one of the two or let them name different workloads`,
    );
  }
  d.drop(CONDITION.accepted);
  return true;
}

export function healthy(d: Draft, workload: ObservedWorkload): void {
  const { view } = workload;
  d.status.phase = PHASE.healthy;
  if (!accepted(d)) return;
  if (beginsRelease(d, workload)) {
    begin(d, workload);
    return;
  }
  reportBypass(d, workload);
  if (d.status.canaryStatus === undefined) {
    idleStatus(d, view);
    d.say(TEXT.idle);
  } else if (view.settled && view.inProgress === undefined && d.sub.canaryRevision !== view.updateRevision) {
    idleStatus(d, view);
    d.say(TEXT.idle);
  }
  followWorkload(d, view);
  if (d.status.message === undefined || d.status.conditions === undefined) d.say(d.status.message ?? TEXT.idle);
}

/** A revision that no layer held, told before the status takes it for known. While disabled nothing is held on purpose. */
function reportBypass(d: Draft, { view }: ObservedWorkload): void {
  const bypass = d.o.rollout.status?.phase === PHASE.disabled ? undefined : bypassOf(d.o.rollout, view);
  if (bypass === undefined) return;
  d.condition(CONDITION.bypassed, 'True', OUR_REASON.bypassed, bypass.message);
  d.events.push({ type: 'Warning', reason: OUR_REASON.bypassed, message: bypass.message });
}

function beginsRelease(d: Draft, { view }: ObservedWorkload): boolean {
  const mine = view.inProgress === '' || view.inProgress === d.o.rollout.metadata.name;
  return view.inProgress !== undefined && mine && view.held && !view.deleting;
}

function begin(d: Draft, { view }: ObservedWorkload): void {
  d.status.phase = PHASE.progressing;
  d.drop(CONDITION.succeeded);
  d.drop(CONDITION.bypassed);
  freshStatus(d, view);
  d.progressing(PROGRESSING_REASON.initializing, 'Rollout is in initializing, and the update is held');
  d.note(`the update to revision ${view.updateRevision} is held; its release begins`);
}
