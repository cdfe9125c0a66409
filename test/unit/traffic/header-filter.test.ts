import { expect, it } from 'vitest';
import type { JsonObject } from '../../../src/api/kube.ts';
import type { RequestHeaderModifier } from '../../../src/api/rollout.ts';
import { withHeaders } from '../../../src/traffic/httproute/header-filter.ts';

const filter = (requestHeaderModifier: JsonObject): JsonObject => ({
  type: 'RequestHeaderModifier',
  requestHeaderModifier,
});
const of = (name: string, value: string) => ({ name, value });

it.each<[string, JsonObject | undefined, RequestHeaderModifier, JsonObject]>([
  ['alone', undefined, { add: [of('a', '1')], remove: ['b'] }, { add: [of('a', '1')], remove: ['b'] }],
  ['beside others', { set: [of('a', '1')] }, { set: [of('b', '2')] }, { set: [of('a', '1'), of('b', '2')] }],
  ['setting what is set', { set: [of('A', '1')] }, { set: [of('a', '2')] }, { set: [of('a', '2')] }],
  ['adding to what is set', { set: [of('a', '1')] }, { add: [of('a', '2')] }, { set: [of('a', '1,2')] }],
  ['adding to what is added', { add: [of('a', '1')] }, { add: [of('a', '2')] }, { add: [of('a', '1,2')] }],
  ['adding to what is removed', { remove: ['a'] }, { add: [of('a', '2')] }, { set: [of('a', '2')] }],
  ['removing what is added', { add: [of('a', '1')] }, { remove: ['A'] }, { remove: ['A'] }],
])('the changes of a step come after those of the user, in one filter: %s', (_name, theirs, ours, result) => {
  const mirror = { type: 'RequestMirror', requestMirror: { backendRef: { name: 'copy' } } };
  const present = theirs === undefined ? [mirror] : [mirror, filter(theirs)];
  expect(withHeaders(present, ours)).toEqual([mirror, filter(result)]);
});

it('no change of headers is no filter', () => {
  for (const modifier of [undefined, {}, { set: [], add: [], remove: [] }]) {
    expect(withHeaders([], modifier)).toEqual([]);
    expect(withHeaders([filter({ remove: ['a'] })], modifier)).toEqual([filter({ remove: ['a'] })]);
  }
});
