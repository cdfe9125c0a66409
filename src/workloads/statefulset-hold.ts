// How a StatefulSet, or a kind built like one, is held: no ordinal is below the partition, so no pod is updated. While its
// BatchRelease controls it the partition may be anything, 0 included; then its mark says that the release has it.

import { ANNOTATION } from '../api/names.ts';
import type { KubeObject } from '../api/kube.ts';
import { annotationEdit, edit, type FieldEdit } from '../objects/field-edit.ts';
import { readAt } from '../lib/json.ts';
import { sameTemplate, templateOf } from '../objects/revision.ts';
import { annotationOf, isClaimed } from '../objects/marks.ts';
import { HAS_PODS, markIn } from './hold-cel.ts';
import { replicasOf } from './replica-sets.ts';
import {
  HELD_PARTITION,
  isOnDelete,
  ownPartitionOf,
  PARTITION,
  partitionOf,
  REMEMBERED,
  rememberedOf,
  restoration,
  ROLLING_UPDATE,
  STRATEGY_TYPE,
  UPDATE_STRATEGY,
} from './statefulset-fields.ts';
import type { CelVariable, HoldExpressions, HoldRequest } from './workload.ts';

const CONTROL_INFO = ['metadata', 'annotations', ANNOTATION.controlInfo];

export const holdPaths = [
  UPDATE_STRATEGY,
  ROLLING_UPDATE,
  PARTITION,
  STRATEGY_TYPE,
  REMEMBERED,
  CONTROL_INFO,
] as readonly string[][];

/** Held by us (the user's own partition is remembered, also while a full step lets every pod go), or by OpenKruise before us. */
export function isHeld(workload: KubeObject): boolean {
  const partition = partitionOf(workload);
  const isRemembered = annotationOf(workload, ANNOTATION.heldFields) !== undefined;
  const isMarked = annotationOf(workload, ANNOTATION.inProgressing) !== undefined;
  return partition >= HELD_PARTITION || (isRemembered && (partition > 0 || isMarked)) || isClaimed(workload);
}

export const applies = (old: KubeObject, next: KubeObject): boolean =>
  replicasOf(old) > 0 && replicasOf(next) > 0 && !isOnDelete(next);

/** What a freeze has left is the partition of a release, unless somebody sends another one. */
function memoryOf(old: KubeObject, next: KubeObject): string {
  const left = annotationOf(next, ANNOTATION.heldFields);
  return left !== undefined && partitionOf(next) === partitionOf(old) ? left : rememberedOf(next);
}

export function hold({ old, next }: HoldRequest): FieldEdit[] {
  if (partitionOf(next) === HELD_PARTITION) return [];
  return [edit(PARTITION, HELD_PARTITION), annotationEdit(ANNOTATION.heldFields, memoryOf(old, next))];
}

/** A newer template is held from the first pod on: what ran below the partition was released for the one before. */
const keptPartition = (old: KubeObject, next: KubeObject): number =>
  sameTemplate(templateOf(old), templateOf(next)) ? partitionOf(old) : HELD_PARTITION;

/** A partition that a user sends is what will be given back in the end. */
function keptMemory(old: KubeObject, next: KubeObject): string | undefined {
  const sent = partitionOf(next);
  const present = annotationOf(next, ANNOTATION.heldFields) ?? annotationOf(old, ANNOTATION.heldFields);
  const isOurs = sent === partitionOf(old) || sent === HELD_PARTITION || sent === ownPartitionOf(old);
  return isOurs ? present : `{"partition":${sent}}`;
}

export function keepHeld(old: KubeObject, next: KubeObject): FieldEdit[] {
  const type = readAt(old, STRATEGY_TYPE);
  const claim = annotationOf(old, ANNOTATION.controlInfo);
  return [
    ...(isOnDelete(next) && !isOnDelete(old) ? [edit(STRATEGY_TYPE, type as string | undefined)] : []),
    edit(PARTITION, keptPartition(old, next)),
    annotationEdit(ANNOTATION.heldFields, keptMemory(old, next)),
    ...(claim === undefined ? [] : [annotationEdit(ANNOTATION.controlInfo, claim)]),
  ];
}

export function unhold(old: KubeObject, next: KubeObject): FieldEdit[] {
  const { path, value } = restoration(next);
  return [edit(path, value), annotationEdit(ANNOTATION.heldFields, annotationOf(old, ANNOTATION.heldFields))];
}

const strategyAt = (variable: CelVariable): string => `${variable}.spec.updateStrategy`;
const hasStrategy = (variable: CelVariable): string => `has(${strategyAt(variable)})`;
const hasRolling = (variable: CelVariable): string =>
  `${hasStrategy(variable)} && has(${strategyAt(variable)}.rollingUpdate)`;
const hasPartition = (variable: CelVariable): string =>
  `${hasRolling(variable)} && has(${strategyAt(variable)}.rollingUpdate.partition)`;
/** 0 when absent. */
const partitionIn = (variable: CelVariable): string =>
  `(${hasPartition(variable)} ? ${strategyAt(variable)}.rollingUpdate.partition : 0)`;
const annotationIn = (variable: CelVariable, key: string): string => markIn(variable, 'annotations', key);
const onDelete = (variable: CelVariable): string =>
  `(${hasStrategy(variable)} && has(${strategyAt(variable)}.type) && ${strategyAt(variable)}.type == 'OnDelete')`;

/** `rememberedOf` in CEL. */
const REMEMBERED_IN_CEL = [
  `!${hasStrategy('object')} ? '{"updateStrategy":null}'`,
  `!(${hasRolling('object')}) ? '{"rollingUpdate":null}'`,
  `!(${hasPartition('object')}) ? '{"partition":null}'`,
  `'{"partition":' + string(${partitionIn('object')}) + '}'`,
].join(' : ');

const remembered = (variable: CelVariable): string => annotationIn(variable, ANNOTATION.heldFields);
const mark = (variable: CelVariable): string => annotationIn(variable, ANNOTATION.inProgressing);
/** `memoryOf` in CEL. */
const LEFT = `(${remembered('object')} != '' && ${partitionIn('object')} == ${partitionIn('oldObject')})`;
const claim = (variable: CelVariable): string => annotationIn(variable, ANNOTATION.controlInfo);
const SENT = `'{"partition":' + string(${partitionIn('object')}) + '}'`;
const NONE_SENT_AGAIN = `(${partitionIn('object')} == 0 && ${remembered('oldObject')}.endsWith(':null}'))`;
/** `keptMemory` in CEL: the user sent a partition of his own that is not remembered yet. */
const SENT_ELSE = [
  `${partitionIn('object')} != ${partitionIn('oldObject')}`,
  `${partitionIn('object')} != ${HELD_PARTITION}`,
  `${remembered('oldObject')} != ${SENT}`,
  `!${NONE_SENT_AGAIN}`,
].join(' && ');

export const cel: HoldExpressions = {
  text: `spec.updateStrategy.rollingUpdate.partition=${HELD_PARTITION}`,
  applies: `${HAS_PODS} && !${onDelete('object')}`,
  isHeld: (variable) =>
    `(${partitionIn(variable)} >= ${HELD_PARTITION} || (${remembered(variable)} != '' && (${partitionIn(variable)} > 0 || ${mark(variable)} != '')) || ${claim(variable)} != '')`,
  hold: [
    {
      path: REMEMBERED,
      value: `${LEFT} ? ${remembered('object')} : (${REMEMBERED_IN_CEL})`,
      when: `${partitionIn('object')} != ${HELD_PARTITION}`,
    },
    { path: PARTITION, value: String(HELD_PARTITION) },
  ],
  keep: [
    {
      path: REMEMBERED,
      value: remembered('oldObject'),
      when: `${remembered('object')} == '' && ${remembered('oldObject')} != ''`,
    },
    { path: REMEMBERED, value: SENT, when: SENT_ELSE },
    {
      path: PARTITION,
      value: `object.spec.template == oldObject.spec.template ? ${partitionIn('oldObject')} : ${HELD_PARTITION}`,
    },
    {
      path: ['metadata', 'annotations', ANNOTATION.controlInfo],
      value: claim('oldObject'),
      when: `${claim('oldObject')} != ''`,
    },
    { path: STRATEGY_TYPE, value: `'RollingUpdate'`, when: `${onDelete('object')} && !${onDelete('oldObject')}` },
  ],
  loosened: {
    atFirst: `${partitionIn('object')} < ${HELD_PARTITION}`,
    later: `${partitionIn('object')} < ${partitionIn('oldObject')}`,
  },
};
