// What steps and routings say about requests.

import { percentOf } from '../../../lib/int-or-percent.ts';
import { everyStep } from './steps.ts';
import { field, isObject, partOf, type RolloutRule, type Violation } from './violation.ts';

/** v1alpha1 writes a weight, which the schema bounds. */
export const trafficPercent = everyStep('traffic-percent', (step, _index, { style, alphaSteps, stored }) => {
  const value = field(step, 'traffic');
  if (value === undefined || value === null || alphaSteps !== undefined) return undefined;
  const percent = percentOf(value);
  const least = style === 'bluegreen' || stored === true ? 0 : 1;
  if (percent !== undefined && percent >= least && percent <= 100) return undefined;
  return {
    at: '.traffic',
    value,
    message: `traffic must be a percentage from ${least}% to 100%`,
    remedy: 'write it as "20%", or leave it out to route nothing',
  };
});

export const partitionTraffic = everyStep('partition-traffic', (step, index, { style, settings, alphaSteps }) => {
  if (style !== 'partition') return undefined;
  const percent = percentOf(field(step, 'replicas'));
  const matches = field(step, 'matches');
  const routes = field(step, 'traffic') != null || (Array.isArray(matches) && matches.length > 0);
  if (!routes || percent === undefined || percent <= settings.partitionPercentLimit) return undefined;
  const implied = alphaSteps !== undefined && field(alphaSteps[index], 'replicas') == null;
  return {
    at: implied ? '.weight' : '.replicas',
    value: implied ? field(alphaSteps[index], 'weight') : field(step, 'replicas'),
    message: `in partition style a step that routes traffic may replace at most ${settings.partitionPercentLimit}% of the pods, because a rollback sends all requests to the rest`,
    remedy: 'leave traffic and matches out of this step, make it smaller, or raise --partition-percent-limit',
  };
});

type Check = (routing: Record<string, unknown>) => [at: string, message: string, remedy: string] | undefined;
const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';

const CHECKS: Check[] = [
  ({ gracePeriodSeconds: seconds }) =>
    seconds == null || (Number.isInteger(seconds) && (seconds as number) >= 0)
      ? undefined
      : ['.gracePeriodSeconds', 'the grace period must be 0 or more whole seconds', 'use 0 to wait for nothing'],
  ({ service }) =>
    isName(service) ? undefined : ['.service', 'a routing needs the Service of the workload', 'name the Service'],
  ({ ingress, gateway, customNetworkRefs: custom }) =>
    isObject(ingress) || isObject(gateway) || (Array.isArray(custom) && custom.length > 0)
      ? undefined
      : ['', 'a routing needs a route', 'give ingress, gateway or customNetworkRefs'],
  ({ ingress }) =>
    !isObject(ingress) || isName(ingress['name'])
      ? undefined
      : ['.ingress.name', 'the Ingress needs a name', 'name it'],
  ({ gateway }) =>
    !isObject(gateway) || isName(gateway['httpRouteName'])
      ? undefined
      : ['.gateway.httpRouteName', 'the HTTPRoute needs a name', 'name it'],
];

const valueAt = (routing: unknown, path: string): unknown =>
  path === '' ? routing : path.slice(1).split('.').reduce<unknown>(field, routing);

export const trafficRouting: RolloutRule = ({ rollout, paths }) => {
  const routings = partOf(rollout, 'trafficRoutings');
  if (!Array.isArray(routings)) return [];
  const base = `${paths.strategy}.trafficRoutings`;
  const rule = 'traffic-routing';
  const single: Violation[] =
    routings.length <= 1
      ? []
      : [{ rule, field: base, value: routings.length, message: 'only one routing is possible', remedy: 'keep one' }];
  const each = routings.flatMap((routing: unknown, index): Violation[] => {
    if (!isObject(routing)) {
      return [
        {
          rule,
          field: `${base}[${index}]`,
          value: routing,
          message: 'a routing must be an object',
          remedy: 'write its fields',
        },
      ];
    }
    return CHECKS.flatMap((check) => {
      const problem = check(routing);
      if (problem === undefined) return [];
      const [at, message, remedy] = problem;
      return [{ rule, field: `${base}[${index}]${at}`, value: valueAt(routing, at), message, remedy }];
    });
  });
  return [...single, ...each];
};
