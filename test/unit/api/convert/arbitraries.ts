// Generators of Rollouts and BatchReleases in both versions: well-formed ones, and ones where any place may hold any JSON.

import fc from 'fast-check';
import type { KubeObject } from '../../../../src/api/kube.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
const percent = fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`);
const size = fc.oneof(percent, fc.integer({ min: 1, max: 20 }));
/** Keeps a field in about half of the objects. */
const some = <T extends Record<string, fc.Arbitrary<unknown>>>(fields: T) => fc.record(fields, { requiredKeys: [] });
const map = fc.dictionary(name, name, { maxKeys: 2 });

const header = fc.record({ name, type: fc.constantFrom('Exact', 'RegularExpression'), value: name });
const headersMatch = some({ headers: fc.array(header, { maxLength: 2 }) });
const fullMatch = some({
  headers: fc.array(header, { maxLength: 2 }),
  path: fc.record({ type: fc.constantFrom('Exact', 'PathPrefix'), value: name.map((text) => `/${text}`) }),
  queryParams: fc.array(header, { maxLength: 2 }),
});
const modifier = some({
  set: fc.array(fc.record({ name, value: name }), { maxLength: 2 }),
  remove: fc.array(name, { maxLength: 2 }),
});
const pause = some({ duration: fc.integer({ min: 0, max: 60 }) });
const routing = fc.record(
  {
    service: name,
    gracePeriodSeconds: fc.nat(9),
    ingress: some({ classType: name, name }),
    gateway: fc.record({ httpRouteName: name }),
  },
  { requiredKeys: ['service'] },
);
const common = {
  trafficRoutings: fc.array(routing, { maxLength: 1 }),
  failureThreshold: size,
  disableGenerateCanaryService: fc.boolean(),
};
const unknown = { analysis: some({ template: name, interval: fc.nat(9) }) };

const betaStep = some({
  replicas: size,
  traffic: percent,
  matches: fc.array(fullMatch, { maxLength: 2 }),
  requestHeaderModifier: modifier,
  pause,
  ...unknown,
});
const alphaStep = some({
  weight: fc.nat(100),
  replicas: size,
  matches: fc.array(headersMatch, { maxLength: 2 }),
  requestHeaderModifier: modifier,
  pause,
});
const podMetadata = some({ labels: map, annotations: map });

const progress = {
  observedWorkloadGeneration: fc.nat(9),
  observedRolloutID: name,
  podTemplateHash: name,
  currentStepIndex: fc.integer({ min: -1, max: 9 }),
  nextStepIndex: fc.integer({ min: -1, max: 9 }),
  currentStepState: fc.constantFrom('StepPaused', 'StepReady', 'Completed'),
  finalisingStep: name,
  message: name,
};
const condition = fc.record({ type: name, status: name, reason: name, message: name });
const statusFields = {
  observedGeneration: fc.nat(9),
  phase: name,
  message: name,
  conditions: fc.array(condition, { maxLength: 2 }),
};
const canaryStatus = some({
  ...progress,
  canaryRevision: name,
  canaryReplicas: fc.nat(9),
  canaryReadyReplicas: fc.nat(9),
});
const blueGreenStatus = some({
  ...progress,
  updatedRevision: name,
  updatedReplicas: fc.nat(9),
  updatedReadyReplicas: fc.nat(9),
  ...unknown,
});

const style = fc.constantFrom('canary', 'partition', 'Partition', 'CANARY', 'other');
const annotations = some({
  'rollouts.kruise.io/rolling-style': style,
  'rollouts.kruise.io/trafficrouting': name,
  note: name,
}).filter((value) => Object.keys(value).length > 0);
const metadata = fc.record(
  {
    name,
    namespace: name,
    uid: name,
    labels: map,
    annotations,
    managedFields: fc.constant([{ manager: 'vela', fieldsV1: { 'f:spec': {} } }]),
  },
  { requiredKeys: ['name', 'namespace', 'uid'] },
);
const workloadRef = fc.record({ apiVersion: name, kind: name, name });

const object = (
  version: string,
  kind: string,
  spec: fc.Arbitrary<unknown>,
  status: fc.Arbitrary<unknown>,
): fc.Arbitrary<KubeObject> =>
  fc
    .record(
      { apiVersion: fc.constant(`rollouts.kruise.io/${version}`), kind: fc.constant(kind), metadata, spec, status },
      { requiredKeys: ['apiVersion', 'kind', 'metadata'] },
    )
    .map((value) => clone(value as unknown as KubeObject));

/** What the wire can carry: no -0, no undefined, no prototypes. */
export const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const strategyBeta = some({
  paused: fc.boolean(),
  canary: some({
    steps: fc.array(betaStep, { maxLength: 3 }),
    ...common,
    ...unknown,
    trafficRoutingRef: name,
    enableExtraWorkloadForCanary: fc.boolean(),
    patchPodTemplateMetadata: podMetadata,
  }),
  blueGreen: some({ steps: fc.array(betaStep, { maxLength: 3 }), ...common, trafficRoutingRef: name }),
  ...unknown,
});
export const betaRollout = object(
  'v1beta1',
  'Rollout',
  some({ workloadRef, strategy: strategyBeta, disabled: fc.boolean(), ...unknown }),
  some({
    ...statusFields,
    currentStepIndex: fc.nat(9),
    currentStepState: name,
    canaryStatus,
    blueGreenStatus,
    ...unknown,
  }),
);
const alphaCanary = some({
  steps: fc.array(alphaStep, { maxLength: 3 }),
  ...common,
  patchPodTemplateMetadata: podMetadata,
});
export const alphaRollout = object(
  'v1alpha1',
  'Rollout',
  some({
    objectRef: some({ workloadRef }),
    strategy: some({ paused: fc.boolean(), canary: alphaCanary }),
    disabled: fc.boolean(),
    rolloutID: name,
  }),
  some({ ...statusFields, canaryStatus }),
);

const plan = {
  batches: fc.array(fc.record({ canaryReplicas: size }), { maxLength: 3 }),
  batchPartition: fc.nat(3),
  rolloutID: name,
  failureThreshold: size,
  finalizingPolicy: fc.constantFrom('WaitResume', 'Immediate'),
  patchPodTemplateMetadata: podMetadata,
  enableExtraWorkloadForCanary: fc.boolean(),
};
const batchStatus = {
  ...statusFields,
  stableRevision: name,
  observedWorkloadReplicas: fc.integer({ min: -1, max: 9 }),
  canaryStatus: some({ batchState: name, currentBatch: fc.nat(3), updatedReplicas: fc.nat(9) }),
};
const { message: _message, ...batchStatusAlpha } = batchStatus;
const betaPlan = some({ ...plan, rollingStyle: fc.constantFrom('Canary', 'Partition', 'BlueGreen'), ...unknown });
export const betaBatchRelease = object(
  'v1beta1',
  'BatchRelease',
  some({ workloadRef, releasePlan: betaPlan }),
  some(batchStatus),
);
export const alphaBatchRelease = object(
  'v1alpha1',
  'BatchRelease',
  some({ targetReference: some({ workloadRef }), releasePlan: some(plan) }),
  some(batchStatusAlpha),
);

interface Hole {
  path: number[];
  value: unknown;
}
const holes: fc.Arbitrary<Hole[]> = fc.array(
  fc.record({ path: fc.array(fc.nat(9), { minLength: 1, maxLength: 7 }), value: fc.jsonValue({ maxDepth: 2 }) }),
  { maxLength: 3 },
);

/** Puts the value at some place below spec or status. */
function punch(target: unknown, { path, value }: Hole): unknown {
  const [turn = 0, ...rest] = path;
  if (typeof target !== 'object' || target === null) return value;
  const keys = Object.keys(target);
  const key = keys[turn % Math.max(1, keys.length)];
  if (key === undefined) return value;
  const child: unknown = (target as Record<string, unknown>)[key];
  const next = rest.length === 0 ? value : punch(child, { path: rest, value });
  if (Array.isArray(target)) return target.map((item: unknown, index) => (String(index) === key ? next : item));
  return Object.fromEntries(Object.entries(target).map(([name, item]) => [name, name === key ? next : item]));
}

/** The same objects with arbitrary JSON in places of spec and status. */
export const hostile = <T extends object>(source: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.tuple(source, holes).map(([value, all]) => {
    const parts = all.reduce<unknown>(punch, {
      spec: (value as { spec?: unknown }).spec ?? {},
      status: (value as { status?: unknown }).status ?? {},
    });
    return clone({ ...value, ...(parts as object) });
  });
