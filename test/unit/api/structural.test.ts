import { Type, type TSchema } from 'typebox';
import { describe, expect, it } from 'vitest';
import {
  celRules,
  freeForm,
  int32,
  intOrString,
  listByKey,
  oneOf,
  setOf,
  stringMap,
  time,
} from '../../../src/api/schema.ts';
import { structural, StructuralError } from '../../../src/api/structural.ts';

const item = Type.Object({ name: Type.String(), value: Type.Optional(Type.String()) });

describe('structural schemas', () => {
  it('copies the vocabulary in CRD form', () => {
    const schema = Type.Object({
      size: intOrString({ description: 'Size.' }),
      mode: Type.Optional(oneOf(['A', 'B'], { default: 'A' })),
      count: Type.Optional(int32({ default: 3, minimum: 0 })),
      when: Type.Optional(time()),
      labels: Type.Optional(stringMap('Labels.')),
      any: Type.Optional(freeForm('Anything.')),
      items: Type.Optional(listByKey(item, 'name', { maxItems: 2 })),
      set: Type.Optional(setOf(Type.String())),
    });
    expect(structural(schema)).toEqual({
      type: 'object',
      required: ['size'],
      properties: {
        size: { 'x-kubernetes-int-or-string': true, description: 'Size.' },
        mode: { type: 'string', enum: ['A', 'B'], default: 'A' },
        count: { type: 'integer', format: 'int32', default: 3, minimum: 0 },
        when: { type: 'string', format: 'date-time' },
        labels: { type: 'object', description: 'Labels.', additionalProperties: { type: 'string' } },
        any: { type: 'object', description: 'Anything.', 'x-kubernetes-preserve-unknown-fields': true },
        items: {
          type: 'array',
          maxItems: 2,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' }, value: { type: 'string' } },
          },
        },
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
      },
    });
  });

  const text = (options: object): TSchema => Type.Unsafe({ type: 'string', ...options });
  const refused: [string, TSchema, RegExp][] = [
    ['a literal', Type.Literal('a'), /const/],
    ['a union', Type.Union([Type.String(), Type.Integer()]), /type must be/],
    ['a reference', Type.Ref('Other'), /type must be/],
    ['additionalProperties: false', Type.Object({}, { additionalProperties: false }), /additionalProperties/],
    ['unique items', Type.Array(Type.String(), { uniqueItems: true }), /uniqueItems/],
    ['a tuple', Type.Tuple([Type.String()]), /additionalItems|items/],
    ['an object without fields', Type.Unsafe({ type: 'object' }), /free-form/],
    ['no type', Type.Unsafe({}), /type must be/],
    [
      'a typed int-or-string',
      Type.Unsafe({ type: 'string', 'x-kubernetes-int-or-string': true }),
      /must not have a type/,
    ],
    ['a keyword of another type', text({ minimum: 1 }), /minimum is not for string/],
    ['an unknown format', text({ format: 'uuid' }), /format uuid/],
    ['look-ahead', text({ pattern: '^(?=a)b$' }), /RE2/],
    ['a pattern that floats', text({ pattern: 'a' }), /anchored/],
    ['a broken pattern', text({ pattern: '^($' }), /compile/],
    ['an empty enum', Type.Unsafe({ type: 'string', enum: [] }), /enum/],
    ['an enum of another type', Type.Unsafe({ type: 'string', enum: [1] }), /enum values/],
    ['a default of another type', text({ default: 1 }), /default must be of type string/],
    ['a default outside the enum', Type.Unsafe({ type: 'string', enum: ['a'], default: 'b' }), /one of the enum/],
    ['a default out of range', int32({ minimum: 2, default: 1 }), /out of range/],
    ['a fraction as default', Type.Integer({ default: 0.5 }), /integer/],
    ['a null default', Type.Unsafe({ type: 'string', default: null }), /default/],
    ['list keys that are no field', listByKey(item, 'id'), /list key id/],
    ['list keys that may be absent', listByKey(item, 'value'), /required or have a default/],
    ['a set of objects', setOf(item), /scalar/],
    ['keys without a map', Type.Array(item, { 'x-kubernetes-list-map-keys': ['name'] }), /only a list of type map/],
    ['a rule without a message', text(celRules({ rule: 'true', message: '' })), /message/],
    ['an empty rule', text(celRules({ rule: ' ', message: 'm' })), /needs a rule/],
    [
      'an unknown part of a rule',
      text({ 'x-kubernetes-validations': [{ rule: 'true', message: 'm', when: 'x' }] }),
      /no when/,
    ],
    [
      'a required field that is missing',
      Type.Unsafe({ type: 'object', properties: {}, required: ['a'] }),
      /required field a/,
    ],
    [
      'a record keyed by a pattern',
      Type.Unsafe({ type: 'object', patternProperties: { '^a$': Type.String() } }),
      /any string/,
    ],
    [
      'fields beside a record',
      Type.Unsafe({ type: 'object', properties: {}, patternProperties: { '^.*$': Type.String() } }),
      /exclude/,
    ],
  ];
  it.each(refused)('refuses %s', (_what, schema, message) => {
    expect(() => structural(schema)).toThrowError(message);
  });

  it('names the place', () => {
    const schema = Type.Object({ list: Type.Array(Type.Object({ bad: Type.Literal(1) })) });
    expect(() => structural(schema, 'spec')).toThrowError(StructuralError);
    expect(() => structural(schema, 'spec')).toThrowError(/^spec\.list\[\]\.bad: /);
  });
});
