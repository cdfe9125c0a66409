// The checks of structural.ts that look at one finished node: lists, required fields, defaults, patterns and CEL.

import type { Json, JsonObject } from './kube.ts';

type Node = Record<string, unknown>;
/** Throws with the path of the node. */
export type Fail = (problem: string) => never;

const CEL_KEYS = ['rule', 'message', 'messageExpression', 'fieldPath', 'reason', 'optionalOldSelf'];
const MAX_CEL_RULE = 10_240;

/** Patterns run in RE2: no look-around, no back-references; and they must be anchored, which people assume. */
export function checkPattern(node: Node, fail: Fail): void {
  const pattern = node['pattern'];
  if (pattern === undefined) return;
  if (typeof pattern !== 'string') return fail('pattern must be a string');
  if (/\(\?[=!<]|\\[1-9]/.test(pattern)) fail(`pattern ${pattern} uses what RE2 does not have`);
  if (!pattern.startsWith('^') || !pattern.endsWith('$')) fail(`pattern ${pattern} must be anchored`);
  try {
    new RegExp(pattern);
  } catch {
    fail(`pattern ${pattern} does not compile`);
  }
}

export function checkCel(node: Node, fail: Fail): void {
  const rules = node['x-kubernetes-validations'];
  if (rules === undefined) return;
  if (!Array.isArray(rules) || rules.length === 0) return fail('x-kubernetes-validations must list rules');
  for (const rule of rules as Node[]) {
    const text = rule['rule'];
    const unknown = Object.keys(rule).find((key) => !CEL_KEYS.includes(key));
    if (unknown !== undefined) fail(`a CEL rule has no ${unknown}`);
    if (typeof text !== 'string' || text.trim() === '' || text.length > MAX_CEL_RULE) fail('a CEL rule needs a rule');
    const message = rule['message'];
    if (typeof message !== 'string' || message === '' || message.includes('\n'))
      fail('a CEL rule needs a one-line message');
  }
}

export function checkRequired(node: JsonObject, fail: Fail): void {
  const required = node['required'];
  if (required === undefined) return;
  const properties = (node['properties'] ?? {}) as JsonObject;
  const missing = (required as string[]).find((name) => !Object.hasOwn(properties, name));
  if (missing !== undefined) fail(`required field ${missing} is not a property`);
}

const SCALARS = ['string', 'integer', 'number', 'boolean'];

export function checkList(node: JsonObject, fail: Fail): void {
  const type = node['x-kubernetes-list-type'];
  const keys = node['x-kubernetes-list-map-keys'];
  if (type === undefined && keys === undefined) return;
  const items = (node['items'] ?? {}) as JsonObject;
  if (type === 'map') return checkMapKeys(items, keys, fail);
  if (keys !== undefined) fail('only a list of type map has keys');
  if (type === 'set' && !SCALARS.includes(String(items['type']))) fail('a set needs scalar items');
  if (type !== 'set' && type !== 'atomic') fail(`list type ${String(type)} is not known`);
}

function checkMapKeys(items: JsonObject, keys: unknown, fail: Fail): void {
  if (!Array.isArray(keys) || keys.length === 0) return fail('a list of type map needs keys');
  const properties = (items['properties'] ?? {}) as JsonObject;
  const required = (items['required'] ?? []) as string[];
  for (const key of keys as string[]) {
    const field = properties[key] as JsonObject | undefined;
    if (field === undefined || !SCALARS.includes(String(field['type'])))
      return fail(`list key ${key} must be a scalar field`);
    if (!required.includes(key) && field['default'] === undefined)
      fail(`list key ${key} must be required or have a default`);
  }
}

export function checkDefault(node: JsonObject, type: string, fail: Fail): void {
  const value = node['default'];
  if (value === undefined) return;
  const actual = Array.isArray(value) ? 'array' : typeof value;
  const expected = type === 'integer' ? 'number' : type;
  if (value === null || (type !== 'int-or-string' && actual !== expected)) fail(`default must be of type ${type}`);
  if (type === 'integer' && !Number.isInteger(value)) fail('default must be an integer');
  checkDefaultRange(node, value, fail);
}

function checkDefaultRange(node: JsonObject, value: Json, fail: Fail): void {
  const values = node['enum'];
  if (Array.isArray(values) && !values.includes(value)) fail('default must be one of the enum');
  const { minimum, maximum } = node as { minimum?: number; maximum?: number };
  if (typeof value === 'number' && (value < (minimum ?? value) || value > (maximum ?? value))) {
    fail('default is out of range');
  }
}
