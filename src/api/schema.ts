// The vocabulary our schemas are written in: TypeBox types that mean the same as a static type and as a structural CRD
// schema. structural.ts refuses everything else.

import { Type, type TSchema, type TUnsafe } from 'typebox';
import type { JsonObject } from './kube.ts';

/** A rule in CEL that the API server checks itself; `message` names the rule and the remedy. */
export interface CelRule {
  rule: string;
  message: string;
  messageExpression?: string;
  fieldPath?: string;
  reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate';
}

/** Schema option for CEL rules. */
export const celRules = (...rules: CelRule[]): { 'x-kubernetes-validations': CelRule[] } => ({
  'x-kubernetes-validations': rules,
});

/** A string out of a fixed set. */
export const oneOf = <const Values extends readonly string[]>(
  values: Values,
  options: { description?: string; default?: Values[number] } = {},
): TUnsafe<Values[number]> => Type.Unsafe<Values[number]>({ type: 'string', enum: [...values], ...options });

interface NumberOptions {
  description?: string;
  default?: number;
  minimum?: number;
  maximum?: number;
}
export const int32 = (options: NumberOptions = {}) => Type.Integer({ format: 'int32', ...options });
export const int64 = (options: NumberOptions = {}) => Type.Integer({ format: 'int64', ...options });

export type IntOrString = number | string;

/** Number or percentage. */
export const intOrString = (
  options: { description?: string; 'x-kubernetes-validations'?: CelRule[] } = {},
): TUnsafe<IntOrString> => Type.Unsafe<IntOrString>({ 'x-kubernetes-int-or-string': true, ...options });

/** RFC 3339. */
export const time = (description?: string) =>
  Type.String({ format: 'date-time', ...(description === undefined ? {} : { description }) });

export const stringMap = (description: string) => Type.Record(Type.String(), Type.String(), { description });

/** A list in which `key` occurs once. */
export const listByKey = <Items extends TSchema>(items: Items, key: string, options: object = {}) =>
  Type.Array(items, { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key], ...options });

/** A list of distinct scalars. */
export const setOf = <Items extends TSchema>(items: Items, options: object = {}) =>
  Type.Array(items, { 'x-kubernetes-list-type': 'set', ...options });

/** Any JSON object, kept as it came. */
export const freeForm = (description: string): TUnsafe<JsonObject> =>
  Type.Unsafe<JsonObject>({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true, description });
