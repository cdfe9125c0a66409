// Each step has a size, and steps do not shrink.

import { parseIntOrPercent } from '../../../lib/int-or-percent.ts';
import { field, isObject, partOf, type RolloutRule, type RuleContext, type Violation } from './violation.ts';

const PERCENT_MAX = 100;

interface Problem {
  at: string;
  value: unknown;
  message: string;
  remedy: string;
}

/** Runs a check over all steps. */
const everyStep =
  (rule: string, check: (step: unknown, index: number, context: RuleContext) => Problem | undefined): RolloutRule =>
  (context) =>
    context.steps.flatMap((step, index): Violation[] => {
      const problem = check(step, index, context);
      if (problem === undefined) return [];
      const { at, ...rest } = problem;
      return [{ rule, field: `${context.paths.strategy}.steps[${index}]${at}`, ...rest }];
    });

const SIZE = 'use a number above 0, or a percentage from 1% to 100%';

function sizeProblem(value: unknown): string | undefined {
  const size = parseIntOrPercent(value);
  if (size.is === 'error') return `replicas ${size.problem}`;
  if (size.value <= 0) return 'a step must release at least one pod';
  return size.is === 'percent' && size.value > PERCENT_MAX ? 'a step cannot release more than all pods' : undefined;
}

/** v1alpha1 takes the size from weight where replicas are not given. */
function weightProblem(step: unknown): Problem | undefined {
  const weight = field(step, 'weight');
  if (weight === undefined || weight === null) {
    return { at: '', value: step, message: 'a step needs a size', remedy: 'give weight or replicas' };
  }
  const right = typeof weight === 'number' && Number.isInteger(weight) && weight > 0 && weight <= PERCENT_MAX;
  if (right) return undefined;
  return {
    at: '.weight',
    value: weight,
    message: 'without replicas, weight is the size of the step',
    remedy: 'use 1 to 100',
  };
}

const absent = (value: unknown): boolean => value === undefined || value === null;

export const validSize = everyStep('step-size', (step, index, { alphaSteps }) => {
  const written = alphaSteps === undefined ? step : alphaSteps[index];
  if (!isObject(written))
    return { at: '', value: written, message: 'a step must be an object', remedy: 'write its fields' };
  const replicas = written['replicas'];
  if (absent(replicas)) {
    if (alphaSteps !== undefined) return weightProblem(written);
    return { at: '.replicas', value: undefined, message: 'a step needs a size', remedy: `give replicas: ${SIZE}` };
  }
  const message = sizeProblem(replicas);
  return message === undefined ? undefined : { at: '.replicas', value: replicas, message, remedy: SIZE };
});

/** The step is not smaller than the one before, where both are numbers or both are percentages. */
export const growingSize = everyStep('growing-steps', (step, index, { steps, alphaSteps }) => {
  if (index === 0) return undefined;
  const [before, now] = [steps[index - 1], step].map((one) => parseIntOrPercent(field(one, 'replicas')));
  if (before === undefined || now === undefined || before.is === 'error' || before.is !== now.is) return undefined;
  if (now.value >= before.value) return undefined;
  const implied = alphaSteps !== undefined && absent(field(alphaSteps[index], 'replicas'));
  return {
    at: implied ? '.weight' : '.replicas',
    value: field(step, 'replicas'),
    message: `a step must not release fewer pods than the one before (${String(field(steps[index - 1], 'replicas'))})`,
    remedy: 'order the steps by size',
  };
});

export const growingWeight = everyStep('growing-weight', (_step, index, { rollout, alphaSteps }) => {
  const routings = partOf(rollout, 'trafficRoutings');
  if (index === 0 || alphaSteps === undefined || !Array.isArray(routings) || routings.length === 0) return undefined;
  const [before, now] = [alphaSteps[index - 1], alphaSteps[index]].map((one) => field(one, 'weight'));
  if (typeof before !== 'number' || typeof now !== 'number' || now >= before) return undefined;
  const message = `a step must not get less traffic than the one before (${before})`;
  return { at: '.weight', value: now, message, remedy: 'order the steps by weight' };
});

export { everyStep };
