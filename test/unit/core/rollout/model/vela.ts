// What the command line of KubeVela does to a Rollout: whole objects read and replaced through v1alpha1 types of rollouts
// v0.3.0, which know fewer fields than we store. Conversion is the real one.

import { convert } from '../../../../../src/api/convert/index.ts';
import type { JsonObject, KubeObject } from '../../../../../src/api/kube.ts';
import { API_VERSION } from '../../../../../src/api/names.ts';
import { ROLLOUTS } from '../../../../../src/api/resources.ts';
import { mergePatch } from '../../../../../src/objects/status.ts';
import { decoded, fieldsOf } from '../../../../cluster/support/old-types.ts';
import { WEB, type World } from './world.ts';

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
