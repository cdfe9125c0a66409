// Which Rollout governs a workload, from all that refer to it. The one rule that admission, enrolment and planning share: of
// those that can govern, the holder stays, then the oldest, then the first by name; never the order of a list.

import { groupOf, type KubeObject } from '../../api/kube.ts';
import { PHASE } from '../../api/names.ts';
import type { Rollout } from '../../api/rollout.ts';
import { isDisabled, styleOf, workloadRefOf } from '../../api/rollout-view.ts';
import { byRef, unsupportedText } from '../../workloads/index.ts';
import type { Style, Workload } from '../../workloads/workload.ts';
import { violationsOf } from './violations.ts';

/** Why a Rollout does not govern; 'eligible' when it may. */
export type Standing = 'eligible' | 'disabled' | 'terminating' | 'unsupported' | 'invalid';

export interface Candidate {
  rollout: Rollout;
  style: Style;
  /** Implementation of kind and style; undefined = unsupported. */
  workload: Workload | undefined;
  standing: Standing;
  /** Why it is not eligible, one line each. */
  problems: string[];
}

/** The version of the API does not matter: one workload, whatever it is called through. */
export function refersTo(rollout: KubeObject, group: string, kind: string, name: string): boolean {
  const ref = workloadRefOf(rollout);
  return (
    ref?.kind === kind && ref.name === name && typeof ref.apiVersion === 'string' && groupOf(ref.apiVersion) === group
  );
}

export function candidateOf(rollout: Rollout): Candidate {
  const ref = workloadRefOf(rollout);
  const style = styleOf(rollout);
  const workload = ref === undefined ? undefined : byRef(ref.apiVersion, ref.kind, style);
  const found = { rollout, style, workload };
  if (rollout.metadata.deletionTimestamp !== undefined)
    return { ...found, standing: 'terminating', problems: ['it is being deleted'] };
  if (isDisabled(rollout)) return { ...found, standing: 'disabled', problems: ['spec.disabled is true'] };
  if (ref !== undefined && workload === undefined) {
    return { ...found, standing: 'unsupported', problems: [unsupportedText(ref.apiVersion, ref.kind, style)] };
  }
  const problems = violationsOf(rollout);
  return { ...found, standing: problems.length === 0 ? 'eligible' : 'invalid', problems };
}

const nameOf = ({ rollout }: Candidate): string => rollout.metadata.name;

function before(a: Candidate, b: Candidate): number {
  const keyOf = (one: Candidate): string => `${one.rollout.metadata.creationTimestamp ?? ''} ${nameOf(one)}`;
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

/** `holder` is the Rollout that enrolled the workload. */
export function governing(candidates: readonly Candidate[], holder: string | undefined): Candidate | undefined {
  const eligible = candidates.filter(({ standing }) => standing === 'eligible').sort(before);
  return eligible.find((one) => nameOf(one) === holder) ?? eligible[0];
}

/**
 * The Rollout still has a say in a workload that is held: everything but one that is fully Disabled. One that is being
 * deleted or disabled finalises first.
 */
export const claims = ({ rollout, standing }: Candidate): boolean =>
  !(standing === 'disabled' && rollout.status?.phase === PHASE.disabled);
