// Checks an object as the API server does with strict field validation: by the structural schema of its CRD, unknown fields
// refused. CEL rules are left to the cluster tests.

import { Ajv, type ValidateFunction } from 'ajv';
import { conversionService, customResourceDefinitions } from '../../src/api/crds.ts';
import type { Json, JsonObject, KubeObject } from '../../src/api/kube.ts';

const ajv = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true });
/** Go's date-time is RFC 3339, integers are checked by their bounds. */
ajv.addFormat('date-time', (text) => !Number.isNaN(Date.parse(text)) && text.includes('T'));
for (const [format, bits] of [
  ['int32', 31],
  ['int64', 53],
] as const) {
  ajv.addFormat(format, { type: 'number', validate: (value) => Math.abs(value) <= 2 ** bits });
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One node of a structural schema as JSON Schema. */
function jsonSchema(node: JsonObject): JsonObject {
  const plain = Object.fromEntries(Object.entries(node).filter(([key]) => !key.startsWith('x-kubernetes-')));
  const { nullable, properties, items, additionalProperties, pattern, minimum, maximum, ...rest } = plain;
  if (node['x-kubernetes-int-or-string'] === true) {
    const number = { type: 'integer', ...given({ minimum, maximum }) };
    return { ...rest, anyOf: [number, { type: 'string', ...given({ pattern }) }] };
  }
  const result: JsonObject = { ...rest, ...given({ pattern, minimum, maximum }) };
  if (nullable === true) result['type'] = [rest['type'] ?? 'object', 'null'];
  if (isObject(items)) result['items'] = jsonSchema(items);
  if (isObject(additionalProperties)) result['additionalProperties'] = jsonSchema(additionalProperties);
  if (isObject(properties)) {
    const entries = Object.entries(properties).map(([name, child]) => [name, jsonSchema(child as JsonObject)] as const);
    result['properties'] = Object.fromEntries(entries);
    if (node['x-kubernetes-preserve-unknown-fields'] !== true) result['additionalProperties'] = false;
  }
  return result;
}

const given = (fields: Record<string, Json | undefined>): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonObject;

interface Version {
  name: string;
  schema: { openAPIV3Schema: JsonObject };
}

function validators(): Map<string, ValidateFunction> {
  const found = new Map<string, ValidateFunction>();
  for (const crd of customResourceDefinitions(conversionService())) {
    const spec = crd['spec'] as unknown as { group: string; names: { kind: string }; versions: Version[] };
    for (const { name, schema } of spec.versions) {
      const root = jsonSchema(schema.openAPIV3Schema);
      // The API server checks metadata itself.
      const properties = { ...(root['properties'] as JsonObject), metadata: { type: 'object' } };
      found.set(`${spec.group}/${name} ${spec.names.kind}`, ajv.compile({ ...root, properties }));
    }
  }
  return found;
}
const VALIDATORS = validators();

/** Whether the object's kind is one of ours. */
export const isOurs = ({ apiVersion, kind }: KubeObject): boolean => VALIDATORS.has(`${apiVersion} ${kind}`);

/** What the schema refuses, one line each. Throws for a kind that is not ours. */
export function schemaErrors(object: KubeObject): string[] {
  const validate = VALIDATORS.get(`${object.apiVersion} ${object.kind}`);
  if (validate === undefined) throw new Error(`no CRD for ${object.apiVersion} ${object.kind}`);
  if (validate(object)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
  );
}
