// Which Rollout governs a workload, from all that refer to it. The one rule that admission, enrolment and planning share: of
// those that can govern, the holder stays, then the oldest, then the first by name; never the order of a list.

import { groupOf, type KubeObject } from '../../api/kube.ts';
import { DEFAULT_PARTITION_PERCENT_LIMIT, PHASE } from '../../api/names.ts';
import type { Rollout } from '../../api/rollout.ts';
import { isDisabled, styleOf, workloadRefOf } from '../../api/rollout-view.ts';
import { BUILT_IN } from '../../workloads/index.ts';
import type { Kinds } from '../../workloads/kinds.ts';
import type { Workload } from '../../workloads/workload.ts';
import type { Style } from '../../api/style.ts';
import { formatViolations, validateRollout, type RuleSettings } from '../admission/rules/index.ts';

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
  return ref.kind === kind && ref.name === name && groupOf(ref.apiVersion) === group;
}

export const DEFAULT_SETTINGS: RuleSettings = {
  partitionPercentLimit: DEFAULT_PARTITION_PERCENT_LIMIT,
  filterWorkloadType: true,
};

/** Per stored object, which is kept until it changes and never changed in place: every reviewed update asks again. */
const KNOWN = new WeakMap<Rollout, { settings: RuleSettings; violations: string[] }>();

function violationsOf(rollout: Rollout, settings: RuleSettings): string[] {
  const known = KNOWN.get(rollout);
  if (known?.settings === settings) return known.violations;
  const violations = judged(rollout, settings);
  KNOWN.set(rollout, { settings, violations });
  return violations;
}

/** Broken rules of the Rollout as it is stored; other Rollouts for the same workload are what `governing` is for. */
function judged(rollout: Rollout, settings: RuleSettings): string[] {
  const broken = validateRollout({ rollout, siblings: [], settings, stored: true });
  return broken.map((violation) => formatViolations([violation]));
}

export const candidatesWith =
  (settings: RuleSettings = DEFAULT_SETTINGS, kinds: Kinds = BUILT_IN) =>
  (rollout: Rollout): Candidate => {
    const { apiVersion, kind } = workloadRefOf(rollout);
    const style = styleOf(rollout);
    const workload = kinds.byRef(apiVersion, kind, style);
    const candidate = (standing: Standing, ...problems: string[]): Candidate => ({
      rollout,
      style,
      workload,
      standing,
      problems,
    });
    if (rollout.metadata.deletionTimestamp !== undefined) return candidate('terminating', 'it is being deleted');
    if (isDisabled(rollout)) return candidate('disabled', 'spec.disabled is true');
    const violations = violationsOf(rollout, settings);
    if (violations.length > 0) return candidate('invalid', ...violations);
    return workload === undefined
      ? candidate('unsupported', kinds.unsupportedText(apiVersion, kind, style))
      : candidate('eligible');
  };

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

/** The implementation by which a workload is read: that of the style it is enrolled under, else of its Rollout's style. */
export function implementationFor(
  group: string,
  kind: string,
  enrolled: Style | undefined,
  governor: Candidate | undefined,
  kinds: Kinds = BUILT_IN,
): Workload | undefined {
  const own = enrolled === undefined ? undefined : kinds.find(group, kind, enrolled);
  return own ?? governor?.workload ?? kinds.stylesOf(group, kind)[0];
}
