// How a Deployment in partition style is held: paused, and while it is rolled also with the strategy that stands in for the
// user's. A rollingUpdate that a user sends meanwhile goes into the annotation, in which the rolling parameters are. An earlier
// layer may have put it there already; of the annotation nothing but these parameters changes by an update.

import { ANNOTATION, LABEL } from '../api/names.ts';
import type { JsonObject, KubeObject } from '../api/kube.ts';
import { annotationEdit, edit, labelEdit, type FieldEdit } from '../objects/field-edit.ts';
import { readAt } from '../lib/json.ts';
import { annotationOf, labelOf } from '../objects/marks.ts';
import {
  BRINGS_RECREATE,
  bringsRecreate,
  heldFrom,
  PAUSED,
  pausedCel,
  recreates,
  STABLE_LABEL,
} from './deployment-hold.ts';
import { isRecreate, STRATEGY } from './native-strategy.ts';
import { markIn } from './hold-cel.ts';
import type { HoldExpressions } from './workload.ts';

const CONTROLLED = LABEL.controlledByAdvancedDeployment;
const CONTROLLED_PATH = ['metadata', 'labels', CONTROLLED];
const ANNOTATED = ['metadata', 'annotations', ANNOTATION.deploymentStrategy];

export const holdPaths: readonly string[][] = [PAUSED, STRATEGY, ANNOTATED, CONTROLLED_PATH, STABLE_LABEL];

/** How the annotation begins, ours and OpenKruise's alike; a policy has to edit it as text. */
const HEAD = '{"rollingStyle":"Partition","rollingUpdate":';
const QUANTITY = '([0-9]{1,9}|"[0-9]{1,9}%")';
/** Of both regular expression languages. */
const FORM = `^[{]"rollingStyle":"Partition","rollingUpdate":[{]"maxUnavailable":${QUANTITY},"maxSurge":${QUANTITY}[}]`;
const HAS_FORM = new RegExp(FORM);

const strategyText = (deployment: KubeObject): string => annotationOf(deployment, ANNOTATION.deploymentStrategy) ?? '';

/** What follows the parameters: what is released, of which revision. */
const restOf = (text: string): string => text.slice(text.indexOf('}') + 1);

/** The annotation of `old` with the parameters that `next` has natively; its own one where it has the type that stands in. */
function wantedStrategy(old: KubeObject, next: KubeObject): string {
  if (isRecreate(next)) return strategyText(next);
  const { maxUnavailable, maxSurge } = (readAt(next, [...STRATEGY, 'rollingUpdate']) ?? {}) as JsonObject;
  return `${HEAD}${JSON.stringify({ maxUnavailable, maxSurge })}${restOf(strategyText(old))}`;
}

/** The annotation of `old`, with the parameters that were sent. */
function keptStrategy(old: KubeObject, next: KubeObject): string {
  const text = strategyText(old);
  const wanted = wantedStrategy(old, next);
  const isKnown = text.startsWith(HEAD) && HAS_FORM.test(wanted) && restOf(wanted) === restOf(text);
  return isKnown ? wanted : text;
}

export function keepHeld(old: KubeObject, next: KubeObject): FieldEdit[] {
  const isDriven = strategyText(old) !== '' && isRecreate(old);
  const controlled = labelOf(old, CONTROLLED);
  return [
    ...heldFrom(labelOf(old, LABEL.stableRevision)),
    ...(controlled === undefined ? [] : [labelEdit(CONTROLLED, controlled)]),
    ...(isDriven ? [annotationEdit(ANNOTATION.deploymentStrategy, keptStrategy(old, next))] : []),
    ...(isDriven || bringsRecreate(old, next) ? [edit(STRATEGY, readAt(old, STRATEGY) as JsonObject | undefined)] : []),
  ];
}

const old = (map: 'labels' | 'annotations', key: string): string => markIn('oldObject', map, key);

const TEXT = old('annotations', ANNOTATION.deploymentStrategy);
const IS_DRIVEN = `${TEXT} != '' && ${recreates('oldObject')}`;
const SENT = 'object.spec.strategy.rollingUpdate';
const isSent = (name: string): string => `has(${SENT}.${name})`;
const IS_SENT = ['has(object.spec.strategy)', `has(${SENT})`, isSent('maxUnavailable'), isSent('maxSurge')].join(
  ' && ',
);
/** An int-or-string as JSON. */
const json = (name: string): string =>
  `(type(${SENT}.${name}) == int ? string(${SENT}.${name}) : '"' + string(${SENT}.${name}) + '"')`;
const restIn = (text: string): string => `${text}.substring(${text}.indexOf('}') + 1)`;
const WITH_SENT = `'${HEAD}{"maxUnavailable":' + ${json('maxUnavailable')} + ',"maxSurge":' + ${json('maxSurge')} + '}' + ${restIn(TEXT)}`;
/** `wantedStrategy` in CEL. */
const PRESENT = markIn('object', 'annotations', ANNOTATION.deploymentStrategy);
const WANTED = `(${recreates('object')} ? ${PRESENT} : ((${IS_SENT}) ? ${WITH_SENT} : ''))`;
/** `keptStrategy` in CEL. */
const IS_KNOWN = [
  `${TEXT}.startsWith('${HEAD}')`,
  `${WANTED}.matches(r'${FORM}')`,
  `${restIn(WANTED)} == ${restIn(TEXT)}`,
].join(' && ');
const KEPT = `(${IS_KNOWN}) ? ${WANTED} : ${TEXT}`;

export const cel: HoldExpressions = {
  ...pausedCel,
  keep: [
    { path: PAUSED, value: 'true' },
    { path: CONTROLLED_PATH, value: old('labels', CONTROLLED), when: `${old('labels', CONTROLLED)} != ''` },
    { path: ANNOTATED, value: KEPT, when: IS_DRIVEN },
    {
      path: STRATEGY,
      value: 'oldObject.spec.strategy',
      when: `(${IS_DRIVEN}) || (${BRINGS_RECREATE})`,
    },
  ],
};
