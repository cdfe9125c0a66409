// Plain JSON under a structural schema: pruned as the API server prunes, and asked for what it has a place for.

import { field, isObject, type JsonObject, type Path } from './json.ts';

/** Keeps what the schema names; values of an unexpected type stay as they are. */
export function prune(schema: JsonObject, value: unknown): unknown {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return value;
  if (Array.isArray(value)) {
    const items = schema['items'];
    return isObject(items) ? value.map((item) => prune(items as JsonObject, item)) : value;
  }
  if (!isObject(value)) return value;
  const { properties, additionalProperties } = schema;
  if (isObject(additionalProperties)) {
    const values = additionalProperties as JsonObject;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, prune(values, item)]));
  }
  if (!isObject(properties)) return value;
  const known = Object.entries(value).filter(([key]) => Object.hasOwn(properties, key));
  return Object.fromEntries(known.map(([key, item]) => [key, prune(properties[key] as JsonObject, item)]));
}

/** The schema has a place for this path. */
export function names(schema: JsonObject, path: Path): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return true;
  for (const keyword of ['items', 'additionalProperties']) {
    if (isObject(schema[keyword])) return names(schema[keyword] as JsonObject, rest);
  }
  const next = field(schema['properties'], key);
  return isObject(next) && names(next as JsonObject, rest);
}
