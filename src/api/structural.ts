// TypeBox schema → structural schema of a CRD (apiextensions.k8s.io/v1). Only the vocabulary of schema.ts passes; what the
// API server would refuse, or would accept and mean otherwise, throws here, when manifests are generated.

import type { TSchema } from 'typebox';
import type { Json, JsonObject } from './kube.ts';
import { checkCel, checkDefault, checkList, checkPattern, checkRequired, type Fail } from './structural-checks.ts';

export class StructuralError extends Error {
  readonly path: string;
  constructor(path: string, problem: string) {
    super(`${path === '' ? '(root)' : path}: ${problem}`);
    this.name = 'StructuralError';
    this.path = path;
  }
}

const TYPES = ['string', 'integer', 'number', 'boolean', 'object', 'array'];
const FORMATS = ['int32', 'int64', 'float', 'double', 'date-time', 'date', 'byte'];
const COMMON = ['type', 'description', 'default', 'nullable', 'x-kubernetes-validations'];
/** Keywords that may stand beside each type. `properties`, `items` and records are handled apart. */
const KEYWORDS: Record<string, string[]> = {
  string: ['enum', 'format', 'minLength', 'maxLength', 'pattern'],
  integer: ['enum', 'format', 'minimum', 'maximum'],
  number: ['format', 'minimum', 'maximum'],
  boolean: [],
  object: [
    'properties',
    'required',
    'patternProperties',
    'minProperties',
    'maxProperties',
    'x-kubernetes-preserve-unknown-fields',
  ],
  array: ['items', 'minItems', 'maxItems', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
  'int-or-string': ['x-kubernetes-int-or-string', 'minimum', 'maximum', 'pattern'],
};
/** TypeBox writes a string-keyed record as this pattern. */
const ANY_KEY = '^.*$';

/** Copies a schema into CRD form. Throws StructuralError on anything a CRD forbids. */
export function structural(schema: TSchema, path = ''): JsonObject {
  const source = schema as Record<string, unknown>;
  const fail: Fail = (problem) => {
    throw new StructuralError(path, problem);
  };
  const type = typeOf(source, fail);
  for (const keyword of Object.keys(source)) {
    if (!COMMON.includes(keyword) && !KEYWORDS[type]?.includes(keyword)) fail(`keyword ${keyword} is not for ${type}`);
  }
  const result = scalars(source);
  checkEnumAndFormat(source, type, fail);
  checkPattern(source, fail);
  checkCel(source, fail);
  if (type === 'object') Object.assign(result, objectPart(source, path, fail));
  if (type === 'array') result['items'] = itemsPart(source, path, fail);
  checkRequired(result, fail);
  checkList(result, fail);
  checkDefault(result, type, fail);
  return result;
}

function typeOf(source: Record<string, unknown>, fail: Fail): string {
  if (source['x-kubernetes-int-or-string'] === true) {
    if (source['type'] !== undefined) fail('int-or-string must not have a type');
    return 'int-or-string';
  }
  const type = source['type'];
  if (typeof type !== 'string' || !TYPES.includes(type)) return fail(`type must be one of ${TYPES.join(', ')}`);
  return type;
}

/** Every keyword that holds no schema, as plain JSON. */
function scalars(source: Record<string, unknown>): JsonObject {
  const schemas = ['properties', 'patternProperties', 'items'];
  const entries = Object.entries(source).filter(([key]) => !schemas.includes(key));
  return JSON.parse(JSON.stringify(Object.fromEntries(entries))) as JsonObject;
}

function checkEnumAndFormat(source: Record<string, unknown>, type: string, fail: Fail): void {
  const values = source['enum'];
  if (values !== undefined) {
    const expected = type === 'integer' ? 'number' : type;
    if (!Array.isArray(values) || values.length === 0) fail('enum must list values');
    if ((values as unknown[]).some((value) => typeof value !== expected)) fail(`enum values must be of type ${type}`);
  }
  const format = source['format'];
  if (format !== undefined && !FORMATS.includes(String(format))) fail(`format ${String(format)} is not known`);
}

function objectPart(source: Record<string, unknown>, path: string, fail: Fail): JsonObject {
  const properties = source['properties'] as Record<string, TSchema> | undefined;
  const patterns = source['patternProperties'] as Record<string, TSchema> | undefined;
  if (properties !== undefined && patterns !== undefined) fail('properties and a record exclude each other');
  if (patterns !== undefined) {
    const values = patterns[ANY_KEY];
    if (values === undefined || Object.keys(patterns).length !== 1) return fail('a record must be keyed by any string');
    return { additionalProperties: structural(values, `${path}.*`) };
  }
  if (properties === undefined) {
    if (source['x-kubernetes-preserve-unknown-fields'] !== true)
      fail('an object needs properties, or must be free-form');
    return {};
  }
  const fields = Object.entries(properties).map(([name, field]) => {
    if (name === '__proto__') fail('__proto__ is not a field name');
    return [name, structural(field, path === '' ? name : `${path}.${name}`)] as const;
  });
  return { properties: Object.fromEntries(fields) };
}

function itemsPart(source: Record<string, unknown>, path: string, fail: Fail): Json {
  const items = source['items'];
  if (typeof items !== 'object' || items === null || Array.isArray(items)) return fail('items must be one schema');
  return structural(items as TSchema, `${path}[]`);
}
