// The rules for Rollouts: whoever makes or changes one that breaks a rule is refused, with every broken rule at once.

import { convert } from '../../../api/convert/index.ts';
import { groupOf, type KubeObject } from '../../../api/kube.ts';
import { GROUP, PATH, V1ALPHA1, V1BETA1, WEBHOOK } from '../../../api/names.ts';
import { ROLLOUTS } from '../../../api/resources.ts';
import type { Rollout } from '../../../api/rollout.ts';
import { DEFAULT_SETTINGS } from '../../workload/governing.ts';
import { NOT_DELETING } from '../predicate-cel.ts';
import type { Judge } from '../judge.ts';
import { formatViolations, validateRollout } from '../rules/index.ts';
import type { Decision, Review, Snapshot } from '../types.ts';
import { allow, refuse } from '../verdicts.ts';

const REASON = { valid: 'rollout-valid', invalid: 'rollout-invalid' } as const;

export const rolloutJudge: Judge = {
  id: 'rollout-rules',
  webhooks: () => [
    {
      name: WEBHOOK.rollout,
      phase: 'validating',
      path: PATH.validateRollout,
      on: [{ operations: ['CREATE', 'UPDATE'], resource: ROLLOUTS, versions: [V1ALPHA1, V1BETA1] }],
      conditions: [NOT_DELETING],
    },
  ],
  sees: 'siblings',
  judge: judgeRollout,
};

function judgeRollout(review: Review, { rollouts, rules = DEFAULT_SETTINGS }: Snapshot): Decision {
  if (review.object === undefined) return allow(REASON.valid);
  const old = review.oldObject;
  const violations = validateRollout({
    rollout: asStored(review.object),
    siblings: rollouts,
    settings: rules,
    ...(old === undefined ? {} : { old: asStored(old) }),
    ...(review.version === V1ALPHA1 ? { v1alpha1: review.object } : {}),
  });
  if (violations.length === 0) return allow(REASON.valid);
  return refuse(violations[0]?.rule ?? REASON.invalid, formatViolations(violations), 422);
}

/** As v1beta1, whatever version the client wrote. */
export const asStored = (object: KubeObject): Rollout =>
  (groupOf(object.apiVersion ?? '') === GROUP && object.apiVersion?.endsWith(`/${V1ALPHA1}`) === true
    ? convert(object, `${GROUP}/${V1BETA1}`)
    : object) as Rollout;
