// `undo --fast`: back to the earlier step without traffic that has most new pods. The release goes on existing; only requests
// leave the new pods.

import { GROUP } from '../api/names.ts';
import type { Rollout } from '../api/rollout.ts';
import { progressOf } from '../api/progress.ts';
import { routesTraffic, stepsOf } from '../api/rollout-view.ts';
import { ceilScaled } from '../lib/int-or-percent.ts';
import type { Place } from './each.ts';
import { CliError, UsageError } from './errors.ts';
import { jump, pausedNote } from './jumping.ts';
import type { OutputOptions } from './options.ts';
import { report } from './report.ts';
import { rolloutTarget } from './rollouts.ts';
import { isRollout, subjectOfRollout } from './subject.ts';
import type { Ref } from './targets.ts';
import type { Call } from './verb.ts';

export async function stepBack(call: Call<OutputOptions>, ref: Ref, { client, namespace }: Place): Promise<void> {
  if (!isRollout(ref)) {
    throw new UsageError('error: --fast is for the steps of a Rollout; write rollout/NAME, or leave --fast out');
  }
  const target = rolloutTarget(namespace, ref.name);
  const choose = async (rollout: Rollout): Promise<number> => {
    const { view } = await subjectOfRollout(client, rollout);
    return stepWithoutTraffic(rollout, view.replicas, call.program);
  };
  const { rollout, step, steps, paused } = await jump(client, target, call.program, choose);
  await report(call, target, rollout, `rolled back to step ${step} of ${steps}`);
  if (paused) call.io.err(pausedNote(ref.name));
}

function stepWithoutTraffic(rollout: Rollout, replicas: number, program: string): number {
  const { name } = rollout.metadata;
  const current = rollout.status?.currentStepIndex ?? progressOf(rollout)?.step ?? 1;
  const earlier = stepsOf(rollout)
    .slice(0, current - 1)
    .map((step, at) => ({ index: at + 1, routes: routesTraffic(step), size: ceilScaled(step.replicas, replicas) }));
  const quiet = earlier.filter(({ routes }) => !routes);
  // Of several alike the nearest.
  const best = quiet.toSorted((a, b) => b.size - a.size || b.index - a.index)[0];
  if (best !== undefined) return best.index;
  throw new CliError(
    `error: rollouts.${GROUP} "${name}" has no step without traffic before step ${current}; cancel the release: ${program} undo rollout/${name}`,
  );
}
