// Updates of workloads as users, tools and controllers might send them, drawn from a seed: merge patches that mix up to four
// of the things that a hold reads, writes or must leave alone.

import fc from 'fast-check';
import { V1, V2, V3 } from './workloads.ts';

export type MergePatch = Record<string, unknown>;

const isMap = (value: unknown): value is MergePatch =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Both in one; what one of them takes away is taken away. */
function merged(a: unknown, b: unknown): unknown {
  if (a === null || b === null) return null;
  if (!isMap(a) || !isMap(b)) return b;
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(
    keys.map((key) => [key, key in a && key in b ? merged(a[key], b[key]) : key in a ? a[key] : b[key]]),
  );
}

const oneOf = (place: (value: unknown) => MergePatch, ...values: unknown[]): fc.Arbitrary<MergePatch> =>
  fc.constantFrom(...values).map(place);
const label = (key: string) => (value: unknown) => ({ metadata: { labels: { [key]: value } } });
const annotation = (key: string) => (value: unknown) => ({ metadata: { annotations: { [key]: value } } });
const spec = (key: string) => (value: unknown) => ({ spec: { [key]: value } });
const template = (value: unknown): MergePatch => ({ spec: { template: value } });

const common = (name: string): fc.Arbitrary<MergePatch>[] => {
  const image = (value: unknown): MergePatch => template({ spec: { containers: [{ name, image: value }] } });
  return [
    oneOf(image, V1, V2, V3),
    oneOf(image, V2, V3),
    oneOf((tier) => template({ metadata: { labels: { tier } } }), 'a', 'b', null),
    oneOf((at) => template({ metadata: { annotations: { at } } }), 'now', null),
    oneOf(label('sluice.dev/enrolled'), null, 'canary', 'partition', 'nonsense', 'false'),
    oneOf(annotation('sluice.dev/rollout'), null, 'other'),
    oneOf(annotation('rollouts.kruise.io/rollout-id'), null, '1', '2'),
    oneOf(annotation('rollouts.kruise.io/in-progressing'), null, '', 'true', `{"rolloutName":"${name}"}`, '{}'),
    oneOf(label('rollouts.kruise.io/stable-revision'), null, 'x'),
    oneOf(label('team'), null, 'a', 'b'),
    oneOf(annotation('tool/seen'), null, '1', '2'),
    oneOf((labels) => ({ metadata: { labels } }), null),
    oneOf((annotations) => ({ metadata: { annotations } }), null),
    oneOf(spec('replicas'), 0, 1, 4, null),
  ];
};

const STRATEGY_TEXTS = [
  null,
  '',
  '{"rollingStyle":"Partition","partition":"100%"}',
  '{"rollingStyle":"Partition","rollingUpdate":{"maxUnavailable":1,"maxSurge":"25%"},"partition":"20%","revision":"x"}',
  '{"rollingStyle":"Partition","rollingUpdate":{"maxUnavailable":"10%","maxSurge":2},"partition":"20%","revision":"x"}',
  '{"rollingStyle":"Partition","rollingUpdate":{"maxUnavailable":2,"maxSurge":2},"partition":"80%","revision":"x"}',
];
const rolling = (rollingUpdate: unknown) => ({ type: 'RollingUpdate', rollingUpdate });

const ofDeployment = (name: string): fc.Arbitrary<MergePatch>[] => [
  ...common(name),
  oneOf((hash) => template({ metadata: { labels: { 'pod-template-hash': hash } } }), 'x', null),
  oneOf(spec('paused'), true, false, null),
  oneOf(spec('strategy'), null, { type: 'Recreate', rollingUpdate: null }),
  oneOf(spec('strategy'), rolling({ maxSurge: 0, maxUnavailable: 2 }), rolling({ maxSurge: '30%' }), rolling({})),
  oneOf(annotation('rollouts.kruise.io/deployment-strategy'), ...STRATEGY_TEXTS),
  oneOf(label('rollouts.kruise.io/controlled-by-advanced-deployment-controller'), null, 'true'),
];

const partition = (value: unknown) => ({ type: 'RollingUpdate', rollingUpdate: { partition: value } });

const ofStatefulSet = (name: string): fc.Arbitrary<MergePatch>[] => [
  ...common(name),
  oneOf(spec('updateStrategy'), null, { type: 'OnDelete', rollingUpdate: null }),
  oneOf((value) => spec('updateStrategy')(partition(value)), 0, 1, 2, 32_767, null),
  oneOf(annotation('sluice.dev/held-fields'), null, '{"partition":2}', '{"partition":0}'),
  oneOf(annotation('batchrelease.rollouts.kruise.io/control-info'), null, '{"name":"x"}'),
];

const KINDS = { deployment: ofDeployment, statefulset: ofStatefulSet };

/** `count` updates of the workload of this name, the same ones for the same seed. */
export function updatesOf(kind: keyof typeof KINDS, name: string, count: number, seed: number): MergePatch[] {
  const parts = KINDS[kind](name);
  const indices = parts.map((_, index) => index);
  const update = fc
    .subarray(indices, { minLength: 1, maxLength: 4 })
    .chain((chosen) => fc.tuple(...chosen.map((index) => parts[index] as fc.Arbitrary<MergePatch>)))
    .map((patches) => patches.reduce((all, one) => merged(all, one) as MergePatch, {}));
  return fc.sample(update, { numRuns: count, seed });
}
