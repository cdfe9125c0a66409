import { describe, expect, it } from 'vitest';
import type { Strings } from '../../../src/api/kube.ts';
import type { HttpMatch, RequestHeaderModifier } from '../../../src/api/rollout.ts';
import { ingressClass } from '../../../src/traffic/ingress-classes/index.ts';

interface Wish {
  weight?: number;
  matches?: HttpMatch[];
  headers?: RequestHeaderModifier;
  present?: Strings;
}
const annotations = (name: string, { weight, matches = [], headers, present = {} }: Wish): Strings =>
  ingressClass(name)?.annotations({ weight, matches, headers }, present) ?? {};

const NGINX = 'nginx.ingress.kubernetes.io';
const ALB = 'alb.ingress.kubernetes.io';
const MSE = 'mse.ingress.kubernetes.io';
const agent = { headers: [{ name: 'User-Agent', value: 'foo' }] };
const user = { headers: [{ name: 'x-user', type: 'RegularExpression' as const, value: '^a' }] };
const cookie = { headers: [{ name: 'canary-by-cookie', value: 'session' }] };

describe.each([
  ['nginx', NGINX, {}],
  ['higress', NGINX, {}],
  ['aliyun-alb', ALB, { [`${ALB}/order`]: '1' }],
  ['mse', NGINX, {}],
])('%s', (name, prefix, always) => {
  it.each<[string, Wish, Strings]>([
    ['a share', { weight: 20 }, { 'canary-weight': '20' }],
    ['a header', { matches: [agent] }, { 'canary-by-header': 'User-Agent', 'canary-by-header-value': 'foo' }],
    ['a pattern', { matches: [user] }, { 'canary-by-header': 'x-user', 'canary-by-header-pattern': '^a' }],
    ['a cookie', { matches: [cookie] }, { 'canary-by-cookie': 'session' }],
    [
      'the last header and the last cookie',
      { matches: [agent, cookie, user] },
      { 'canary-by-header': 'x-user', 'canary-by-header-pattern': '^a', 'canary-by-cookie': 'session' },
    ],
    ['X26: matches without headers', { matches: [{ path: { value: '/x' } }] }, {}],
  ])('%s', (_what, wish, expected) => {
    const keys = Object.fromEntries(Object.entries(expected).map(([key, value]) => [`${prefix}/${key}`, value]));
    expect(annotations(name, wish)).toEqual({ [`${prefix}/canary`]: 'true', ...keys, ...always });
  });
});

describe('mse', () => {
  const canary = { [`${NGINX}/canary`]: 'true' };

  it('X36: query parameters are written under the keys that it owns', () => {
    const exact = { queryParams: [{ name: 'beta', value: '1' }] };
    const pattern = { queryParams: [{ name: 'user', type: 'RegularExpression' as const, value: '^a' }] };
    expect(annotations('mse', { matches: [exact] })).toEqual({
      ...canary,
      [`${MSE}/canary-by-query`]: 'beta',
      [`${MSE}/canary-by-query-value`]: '1',
    });
    expect(annotations('mse', { matches: [exact, pattern, agent] })).toEqual({
      ...canary,
      [`${NGINX}/canary-by-header`]: 'User-Agent',
      [`${NGINX}/canary-by-header-value`]: 'foo',
      [`${MSE}/canary-by-query`]: 'user',
      [`${MSE}/canary-by-query-pattern`]: '^a',
    });
  });

  it('X36: each changed header has a line of its own', () => {
    const set = [
      { name: 'x-mse-tag', value: 'gray' },
      { name: 'x-lane', value: 'b' },
    ];
    const shown = annotations('mse', {
      weight: 5,
      headers: { set, add: [{ name: 'a', value: '1' }], remove: ['b', 'c'] },
    });
    expect(shown).toMatchObject({
      [`${MSE}/request-header-control-update`]: 'x-mse-tag gray\nx-lane b',
      [`${MSE}/request-header-control-add`]: 'a 1',
      [`${MSE}/request-header-control-remove`]: 'b,c',
    });
  });

  it('keeps the changes of headers that the user asked for, and marks a subset', () => {
    const present = {
      [`${MSE}/request-header-control-update`]: 'x-mse-tag base\nx-own 1',
      [`${MSE}/service-subset`]: 'base',
    };
    expect(
      annotations('mse', { weight: 5, headers: { set: [{ name: 'X-Mse-Tag', value: 'gray' }] }, present }),
    ).toEqual({
      ...canary,
      [`${NGINX}/canary-weight`]: '5',
      [`${MSE}/request-header-control-update`]: 'x-own 1\nX-Mse-Tag gray',
      [`${MSE}/service-subset`]: 'gray',
    });
  });
});
