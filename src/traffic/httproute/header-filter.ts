// A step's changes to request headers as a RequestHeaderModifier filter. The API allows one such filter in a list, so what the
// user's own filter does comes first and ours second, in one.

import type { Json, JsonObject } from '../../api/kube.ts';
import type { RequestHeaderModifier } from '../../api/rollout.ts';
import { isObject } from '../../lib/json.ts';

const TYPE = 'RequestHeaderModifier';
const FIELD = 'requestHeaderModifier';

interface Change {
  name: string;
  operation: 'set' | 'add' | 'remove';
  value: string;
}

/** By name in lower case: names of headers that differ by case alone are one. */
type Changes = Map<string, Change>;

interface NamedValue {
  name: string;
  value: string;
}

const isNamed = (value: Json): boolean => isObject(value) && typeof value['name'] === 'string';
const named = (value: Json | undefined): NamedValue[] =>
  Array.isArray(value) ? (value.filter(isNamed) as unknown as NamedValue[]) : [];
const names = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];

function add(changes: Changes, name: string, value: string): void {
  const before = changes.get(name.toLowerCase());
  const operation = before === undefined || before.operation === 'add' ? 'add' : 'set';
  const joined = before === undefined || before.operation === 'remove' ? value : `${before.value},${value}`;
  changes.set(name.toLowerCase(), { name: before?.name ?? name, operation, value: joined });
}

function apply(changes: Changes, modifier: JsonObject): void {
  for (const { name, value } of named(modifier['set'])) {
    changes.set(name.toLowerCase(), { name, operation: 'set', value });
  }
  for (const { name, value } of named(modifier['add'])) add(changes, name, value);
  for (const name of names(modifier['remove'])) {
    changes.set(name.toLowerCase(), { name, operation: 'remove', value: '' });
  }
}

function modifierOf(changes: Changes): JsonObject {
  const of = (operation: Change['operation']): Change[] =>
    [...changes.values()].filter((change) => change.operation === operation);
  const pairs = (operation: Change['operation']): Json[] => of(operation).map(({ name, value }) => ({ name, value }));
  const removed = of('remove').map(({ name }) => name);
  return {
    ...(of('set').length === 0 ? {} : { set: pairs('set') }),
    ...(of('add').length === 0 ? {} : { add: pairs('add') }),
    ...(removed.length === 0 ? {} : { remove: removed }),
  };
}

/** The filters with the step's changes as well; the same list when the step changes no header. */
export function withHeaders(filters: readonly JsonObject[], modifier: RequestHeaderModifier | undefined): JsonObject[] {
  const ours: Changes = new Map();
  apply(ours, (modifier ?? {}) as JsonObject);
  if (ours.size === 0) return [...filters];
  const index = filters.findIndex(({ type }) => type === TYPE);
  const present = filters[index];
  if (present === undefined) return [...filters, { type: TYPE, [FIELD]: modifierOf(ours) }];
  const both: Changes = new Map();
  const theirs = present[FIELD];
  if (isObject(theirs)) apply(both, theirs);
  apply(both, modifier as JsonObject);
  return filters.map((filter, at) => (at === index ? { ...present, [FIELD]: modifierOf(both) } : filter));
}
