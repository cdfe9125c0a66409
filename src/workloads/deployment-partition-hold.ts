// How a Deployment in partition style is held: paused, and while it is rolled also with the strategy that stands in for the
// user's. A rollingUpdate that a user sends meanwhile goes into the annotation, in which the rolling parameters are.

import { ANNOTATION, LABEL } from '../api/names.ts';
import type { JsonObject, KubeObject } from '../api/kube.ts';
import { annotationEdit, edit, labelEdit, type FieldEdit } from '../core/admission/edits.ts';
import { isObject, readAt } from '../core/json-patch.ts';
import { annotationOf, labelOf } from '../core/workload/marks.ts';
import { isRecreate, STRATEGY } from './deployment-strategy.ts';
import type { CelVariable, HoldExpressions } from './workload.ts';

const PAUSED = ['spec', 'paused'];
const CONTROLLED = LABEL.controlledByAdvancedDeployment;
const CONTROLLED_PATH = ['metadata', 'labels', CONTROLLED];
const ANNOTATED = ['metadata', 'annotations', ANNOTATION.deploymentStrategy];

export const holdPaths: readonly string[][] = [
  PAUSED,
  STRATEGY,
  ANNOTATED,
  CONTROLLED_PATH,
  ['metadata', 'labels', LABEL.stableRevision],
];

/** How the annotation begins, ours and OpenKruise's alike; a policy has to edit it as text. */
const HEAD = '{"rollingStyle":"Partition","rollingUpdate":';

const strategyText = (deployment: KubeObject): string => annotationOf(deployment, ANNOTATION.deploymentStrategy) ?? '';

/** The annotation of `old` with the parameters of `next`. */
function keptStrategy(old: KubeObject, next: KubeObject): string {
  const text = strategyText(old);
  const sent = readAt(next, [...STRATEGY, 'rollingUpdate']);
  if (!text.startsWith(HEAD) || isRecreate(next) || !isObject(sent)) return text;
  const { maxUnavailable, maxSurge } = sent;
  if (maxUnavailable === undefined || maxSurge === undefined) return text;
  return `${HEAD}${JSON.stringify({ maxUnavailable, maxSurge })}${text.slice(text.indexOf('}') + 1)}`;
}

export function keepHeld(old: KubeObject, next: KubeObject): FieldEdit[] {
  const isDriven = strategyText(old) !== '' && isRecreate(old);
  const kept = (key: string): FieldEdit[] => {
    const value = labelOf(old, key);
    return value === undefined ? [] : [labelEdit(key, value)];
  };
  return [
    edit(PAUSED, true),
    ...kept(LABEL.stableRevision),
    ...kept(CONTROLLED),
    ...(isDriven ? [annotationEdit(ANNOTATION.deploymentStrategy, keptStrategy(old, next))] : []),
    // Recreate would take down every old pod at once when the hold ends.
    ...(isDriven || (isRecreate(next) && !isRecreate(old))
      ? [edit(STRATEGY, readAt(old, STRATEGY) as JsonObject | undefined)]
      : []),
  ];
}

export const unhold = (old: KubeObject): FieldEdit[] => [
  edit(PAUSED, readAt(old, PAUSED) as boolean | undefined),
  labelEdit(LABEL.stableRevision, labelOf(old, LABEL.stableRevision)),
];

const atLeastOne = (variable: CelVariable): string =>
  `(!has(${variable}.spec.replicas) || ${variable}.spec.replicas > 0)`;
const recreates = (variable: CelVariable): string =>
  `(has(${variable}.spec.strategy) && has(${variable}.spec.strategy.type) && ${variable}.spec.strategy.type == 'Recreate')`;
const old = (map: 'labels' | 'annotations', key: string): string => `oldObject.metadata.?${map}[?'${key}'].orValue('')`;

const TEXT = old('annotations', ANNOTATION.deploymentStrategy);
const IS_DRIVEN = `${TEXT} != '' && ${recreates('oldObject')}`;
const SENT = 'object.spec.strategy.rollingUpdate';
const isSent = (name: string): string => `has(${SENT}.${name})`;
const IS_SENT = [
  `${TEXT}.startsWith('${HEAD}')`,
  `!${recreates('object')}`,
  'has(object.spec.strategy)',
  `has(${SENT})`,
  isSent('maxUnavailable'),
  isSent('maxSurge'),
].join(' && ');
/** An int-or-string as JSON. */
const json = (name: string): string =>
  `(type(${SENT}.${name}) == int ? string(${SENT}.${name}) : '"' + string(${SENT}.${name}) + '"')`;
const WITH_SENT = `'${HEAD}{"maxUnavailable":' + ${json('maxUnavailable')} + ',"maxSurge":' + ${json('maxSurge')} + '}' + ${TEXT}.substring(${TEXT}.indexOf('}') + 1)`;

export const cel: HoldExpressions = {
  text: 'spec.paused=true',
  applies: `${atLeastOne('object')} && ${atLeastOne('oldObject')}`,
  isHeld: (variable) => `(has(${variable}.spec.paused) && ${variable}.spec.paused)`,
  hold: [{ path: PAUSED, value: 'true' }],
  keep: [
    { path: PAUSED, value: 'true' },
    { path: CONTROLLED_PATH, value: old('labels', CONTROLLED), when: `${old('labels', CONTROLLED)} != ''` },
    { path: ANNOTATED, value: `(${IS_SENT}) ? ${WITH_SENT} : ${TEXT}`, when: IS_DRIVEN },
    {
      path: STRATEGY,
      value: 'oldObject.spec.strategy',
      when: `(${IS_DRIVEN}) || (${recreates('object')} && !${recreates('oldObject')})`,
    },
  ],
};
