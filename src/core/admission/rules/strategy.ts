// One strategy with at least one step; in v1alpha1 a style that is known.

import { ANNOTATION } from '../../../api/names.ts';
import { field, isObject, type RolloutRule } from './violation.ts';

export const oneStrategy: RolloutRule = ({ rollout, v1alpha1 }) => {
  const strategy = field(field(rollout, 'spec'), 'strategy');
  const given = ['canary', 'blueGreen'].filter((style) => isObject(field(strategy, style)));
  if (given.length === 1) return [];
  const alpha = v1alpha1 !== undefined;
  return [
    {
      rule: 'one-strategy',
      field: alpha ? 'spec.strategy.canary' : 'spec.strategy',
      value: given.length === 0 ? undefined : given,
      message: alpha ? 'a strategy must be given' : 'exactly one of canary and blueGreen must be given',
      remedy: given.length === 0 ? 'add steps under canary' : 'remove one of them',
    },
  ];
};

export const hasSteps: RolloutRule = ({ rollout, steps, paths }) => {
  const strategy = field(field(rollout, 'spec'), 'strategy');
  const given = isObject(field(strategy, 'canary')) || isObject(field(strategy, 'blueGreen'));
  if (!given || steps.length > 0) return [];
  const message = 'a release needs at least one step';
  return [
    {
      rule: 'has-steps',
      field: `${paths.strategy}.steps`,
      value: undefined,
      message,
      remedy: 'add a step, for example replicas: 20%',
    },
  ];
};

const STYLES = ['', 'canary', 'partition'];

export const rollingStyle: RolloutRule = ({ v1alpha1, style }) => {
  if (v1alpha1 === undefined || style === 'bluegreen') return [];
  const value = field(field(field(v1alpha1, 'metadata'), 'annotations'), ANNOTATION.rollingStyle);
  if (value === undefined || value === null) return [];
  if (typeof value === 'string' && STYLES.includes(value.toLowerCase())) return [];
  return [
    {
      rule: 'rolling-style',
      field: `metadata.annotations[${ANNOTATION.rollingStyle}]`,
      value,
      message: 'the style must be canary, partition or empty',
      remedy: 'write one of them, or remove the annotation for canary; blue-green needs v1beta1',
    },
  ];
};
