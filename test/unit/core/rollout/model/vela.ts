// What the command line of KubeVela does to a Rollout: whole objects read and replaced through v1alpha1 types of rollouts
// v0.3.0, which know fewer fields than we store. Conversion is the real one.

import { convert } from '../../../../../src/api/convert/index.ts';
import type { Json, JsonObject, KubeObject } from '../../../../../src/api/kube.ts';
import { API_VERSION } from '../../../../../src/api/names.ts';
import { ROLLOUTS } from '../../../../../src/api/resources.ts';
import { mergePatch } from '../../../../../src/core/status.ts';
import { WEB, type World } from './world.ts';

type Fields = Record<string, Json | undefined>;
const fieldsOf = (value: unknown): Fields => (value ?? {}) as Fields;
const only = (value: unknown, keys: string[]): Fields =>
  Object.fromEntries(Object.entries(fieldsOf(value)).filter(([key]) => keys.includes(key)));
const each = (value: unknown, map: (one: unknown) => Fields): Fields[] => (value as unknown[]).map(map);

const STATUS = ['observedGeneration', 'canaryStatus', 'conditions', 'phase', 'message'];
const CANARY_STATUS = [
  'observedWorkloadGeneration',
  'observedRolloutID',
  'rolloutHash',
  'stableRevision',
  'canaryRevision',
  'podTemplateHash',
  'canaryReplicas',
  'canaryReadyReplicas',
  'currentStepIndex',
  'currentStepState',
  'message',
  'lastUpdateTime',
];

/** As the old types decode it: what they do not name is gone. */
function decoded(alpha: KubeObject): KubeObject {
  const spec = fieldsOf(alpha['spec']);
  const strategy = fieldsOf(spec['strategy']);
  const canary = fieldsOf(strategy['canary']);
  const routes = canary['trafficRoutings'];
  const status = only(alpha['status'], STATUS);
  const sub = status['canaryStatus'];
  return {
    ...alpha,
    spec: {
      ...only(spec, ['objectRef', 'rolloutID']),
      strategy: {
        ...only(strategy, ['paused']),
        canary: {
          ...only(canary, ['failureThreshold']),
          steps: each(canary['steps'], (step) => only(step, ['weight', 'replicas', 'pause', 'matches'])),
          ...(routes === undefined
            ? {}
            : {
                trafficRoutings: each(routes, (one) =>
                  only(one, ['service', 'gracePeriodSeconds', 'ingress', 'gateway']),
                ),
              }),
        },
      },
    },
    status: { ...status, ...(sub === undefined ? {} : { canaryStatus: only(sub, CANARY_STATUS) }) },
  };
}

const read = (world: World): KubeObject => decoded(convert(world.rollout as KubeObject, API_VERSION.v1alpha1));

/** PUT of what was read a moment ago. */
function put(world: World, alpha: KubeObject, subresource?: 'status'): void {
  const before = world.rollout as KubeObject;
  const after = convert(alpha, API_VERSION.v1beta1);
  const { annotations: was } = before.metadata;
  const { annotations } = after.metadata;
  const part = (name: 'spec' | 'status'): JsonObject => ({ [name]: mergePatch(before[name], after[name]) ?? {} });
  const body =
    subresource === 'status'
      ? part('status')
      : { ...part('spec'), metadata: { annotations: mergePatch(was, annotations) ?? {} } };
  world.server.patch('vela', ROLLOUTS, WEB, body, subresource === undefined ? {} : { subresource });
}

function setPaused(world: World, paused: boolean): void {
  const alpha = read(world);
  const spec = fieldsOf(alpha['spec']);
  const strategy = { ...fieldsOf(spec['strategy']), paused } as JsonObject;
  put(world, { ...alpha, spec: { ...spec, strategy } });
}

const isPaused = (world: World): boolean => world.rollout?.spec.strategy.paused === true;

/** `vela workflow suspend`. */
export function suspend(world: World): void {
  if (world.status.phase === 'Progressing' && !isPaused(world)) setPaused(world, true);
}

export function unpause(world: World): void {
  if (isPaused(world)) setPaused(world, false);
}

/** The second half of `vela workflow resume`. */
export function approveAsVela(world: World): void {
  const alpha = read(world);
  const status = fieldsOf(alpha['status']);
  const sub = fieldsOf(status['canaryStatus']);
  if (sub['currentStepState'] !== 'StepPaused') return;
  put(
    world,
    { ...alpha, status: { ...status, canaryStatus: { ...sub, currentStepState: 'StepReady' } } as JsonObject },
    'status',
  );
}

/** `vela workflow resume`. */
export function resume(world: World): void {
  unpause(world);
  approveAsVela(world);
}

/** vela-core applies the old workload again. */
export const revert = (world: World): void => world.setImage('v1');
