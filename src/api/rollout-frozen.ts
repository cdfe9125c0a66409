// What the API server itself refuses to change while a release is under way. The webhook's rules (core/admission/rules)
// say the same and more; these hold without us. A change of anything but spec is never refused.

import { CONDITION } from './names.ts';
import type { CelRule } from './schema.ts';

const BUSY = "(has(self.status) && has(self.status.phase) && self.status.phase in ['Progressing', 'Terminating'])";
/** Nothing is done yet of what the plan says. */
const OPEN = `(has(self.status.conditions) && self.status.conditions.exists(c, c.type == '${CONDITION.planOpen}' && c.status == 'True'))`;
const BEGUN = `${BUSY} && !${OPEN}`;
const REMEDY = 'wait until the release is done, or roll the workload back first';

/** `expression` must hold while a release is under way, or has begun with step 1. */
const frozen = (what: string, fieldPath: string, expression: string, when = BUSY): CelRule => ({
  rule: `!(${when}) || (${expression})`,
  message: `${what} cannot change while a release is under way; ${REMEDY}`,
  reason: 'FieldValueForbidden',
  fieldPath,
});

/** The optional field is the same before and after. */
const sameField = (path: string): string =>
  `(has(self.${path}) ? [self.${path}] : []) == (has(oldSelf.${path}) ? [oldSelf.${path}] : [])`;

/** True when the style's own part is absent before and after, or `expression` holds. */
const within = (style: string, expression: string): string =>
  `!has(self.spec.strategy.${style}) || !has(oldSelf.spec.strategy.${style}) || (${expression})`;

const stepCount = (style: string): string =>
  within(style, `size(self.spec.strategy.${style}.steps) == size(oldSelf.spec.strategy.${style}.steps)`);
const routes = (style: string): string => within(style, sameField(`spec.strategy.${style}.trafficRoutings`));
const both = (rule: (style: string) => string): string =>
  ['canary', 'blueGreen'].map((s) => `(${rule(s)})`).join(' && ');

/** Canary and partition differ in one flag, whose default depends on the pod metadata. */
const extraWorkload = (object: string): string => {
  const canary = `${object}.spec.strategy.canary`;
  return `(has(${canary}.enableExtraWorkloadForCanary) ? ${canary}.enableExtraWorkloadForCanary : has(${canary}.patchPodTemplateMetadata))`;
};
const sameStyle =
  'has(self.spec.strategy.canary) == has(oldSelf.spec.strategy.canary) && ' +
  'has(self.spec.strategy.blueGreen) == has(oldSelf.spec.strategy.blueGreen) && ' +
  `(${within('canary', `${extraWorkload('self')} == ${extraWorkload('oldSelf')}`)})`;

export const frozenRules: { v1alpha1: CelRule[]; v1beta1: CelRule[] } = {
  v1alpha1: [
    frozen('the workload', '.spec.objectRef', 'self.spec.objectRef == oldSelf.spec.objectRef'),
    frozen('the strategy', '.spec.strategy', 'has(self.spec.strategy.canary) == has(oldSelf.spec.strategy.canary)'),
    // The number of steps is free, as upstream: platforms edit it while they release.
    frozen('the traffic routing', '.spec.strategy.canary.trafficRoutings', routes('canary'), BEGUN),
  ],
  v1beta1: [
    frozen('the workload', '.spec.workloadRef', 'self.spec.workloadRef == oldSelf.spec.workloadRef'),
    frozen('the rolling style', '.spec.strategy', sameStyle),
    frozen('the number of steps', '.spec.strategy', both(stepCount), BEGUN),
    frozen('the traffic routing', '.spec.strategy', both(routes), BEGUN),
  ],
};
