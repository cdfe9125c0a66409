// `status`: how a release goes, line by line as it changes, until it is over. The exit code tells how it ended, so scripts and
// pipelines can wait for it. Waits by watches of the Rollout and its workload.

import { Option, type Command } from 'commander';
import type { KubeObject } from '../../api/kube.ts';
import type { Rollout } from '../../api/rollout.ts';
import { workloadRefOf } from '../../api/rollout-view.ts';
import { ROLLOUTS } from '../../api/resources.ts';
import { holderOf } from '../../objects/marks.ts';
import type { Table } from '../../kube/table.ts';
import { endingOf, type Ending } from '../../view/ending.ts';
import { CliError, UsageError } from '../errors.ts';
import { kindOf } from '../command-kinds.ts';
import type { Readable, WorkloadView } from '../../workloads/workload.ts';
import { getRollout, rolloutTarget } from '../rollouts.ts';
import { endingText } from '../show/ending.ts';
import { isRollout, quoted, subjectOf, subjectRefs } from '../subject.ts';
import type { Ref } from '../targets.ts';
import { timespan } from '../text/timespan.ts';
import type { Call } from '../verb.ts';
import { Lookout } from '../watch/lookout.ts';
import { toldOnce } from '../watch/lost.ts';

interface Options {
  watch: 'true' | 'false';
  timeout: number;
}

export function define(command: Command, program: string): void {
  command
    .argument('<name...>', 'rollout/NAME or NAME, or a workload under a Rollout: deployment/NAME')
    .addOption(
      new Option('--watch <bool>', 'wait until the release is over; false tells how it stands')
        .choices(['true', 'false'])
        .default('true'),
    )
    .option('--timeout <time>', 'how long to wait, such as 5m; 0 is for ever', timespan, 0)
    .addHelpText(
      'after',
      `\nExamples:\n  ${program} status rollout/echoserver -n demo --timeout 30m\n  ${program} status rollout/echoserver --watch=false\n\n` +
        'Exit code: 0 when the version that was asked for runs everywhere (with --watch=false: also while the release goes on),\n' +
        '1 when the release was cancelled or rolled back, the Rollout is disabled or gone, or the time is over.',
    );
}

export const completes = 'subjects';

export async function run(call: Call<Options>): Promise<number> {
  const refs = await subjectRefs(call);
  const [ref, ...more] = refs;
  if (ref === undefined || more.length > 0) throw new UsageError('error: name one Rollout: rollout/NAME');
  const rollout = await rolloutOf(call, ref);
  return call.options.watch === 'true' ? follow(call, rollout) : once(call, rollout);
}

/** The Rollout itself, or the one that governs the named workload. */
async function rolloutOf(call: Call<Options>, ref: Ref): Promise<Rollout> {
  const { client, namespace: own } = await call.cluster();
  const namespace = call.options.namespace ?? own;
  if (isRollout(ref)) return getRollout(client, rolloutTarget(namespace, ref.name), call.program);
  const { object, target } = await subjectOf(client, namespace, ref, call.program);
  const holder = holderOf(object);
  if (holder !== undefined) return getRollout(client, rolloutTarget(namespace, holder), call.program);
  const remedy = `kubectl rollout status ${ref.resource.kind.toLowerCase()}/${ref.name}`;
  throw new CliError(`error: no Rollout governs ${quoted(target)}; its own roll-out is shown by: ${remedy}`);
}

async function once(call: Call<Options>, rollout: Rollout): Promise<number> {
  const { client } = await call.cluster();
  const kind = await kindOf(client, rollout);
  const { namespace = '', name } = rollout.metadata;
  const target = { namespace, name: workloadRefOf(rollout).name };
  const workload = kind === undefined ? undefined : await client.get({ resource: kind.resource, ...target });
  return told(call, endingOf(rollout, viewed(kind, workload)), name);
}

/** Errors go to stderr, and end it. */
function told({ io }: Call<Options>, ending: Ending, name: string): number {
  const text = endingText(ending, name);
  if (ending.is !== 'failed') io.out(`${text}\n`);
  else io.err(`error: ${text}\n`);
  return ending.is === 'failed' ? 1 : 0;
}

async function follow(call: Call<Options>, rollout: Rollout): Promise<number> {
  const { client } = await call.cluster();
  const { namespace = '', name } = rollout.metadata;
  const lookout = new Lookout(client, call.clock, toldOnce(call));
  const end = deadline(call);
  try {
    const rollouts = lookout.watch({ resource: ROLLOUTS, scope: { namespace, name } });
    const kind = await kindOf(client, rollout);
    const scope = { namespace, name: workloadRefOf(rollout).name };
    const workloads =
      kind === undefined ? undefined : lookout.watch({ resource: kind.resource, scope, optional: true });
    const look = (): Ending => endingOf(only(rollouts) as Rollout | undefined, viewed(kind, only(workloads)));
    return await untilOver(call, lookout, end.signal, look, name);
  } finally {
    end.cancel();
    await lookout.close();
  }
}

/** Whether it is held and settled needs no revisions. */
const viewed = (kind: Readable | undefined, object: KubeObject | undefined): WorkloadView | undefined =>
  object === undefined ? undefined : kind?.view(object, {});

const only = (table: Table | undefined): KubeObject | undefined => table?.list()[0];

async function untilOver(
  call: Call<Options>,
  lookout: Lookout,
  end: AbortSignal,
  look: () => Ending,
  name: string,
): Promise<number> {
  let last = '';
  while (await lookout.changed(end)) {
    const ending = look();
    if (ending.is !== 'waits') return told(call, ending, name);
    const text = endingText(ending, name);
    if (text !== last) call.io.out(`${text}\n`);
    last = text;
  }
  call.io.err('error: timed out waiting for the condition\n');
  return 1;
}

function deadline({ clock, options: { timeout } }: Call<Options>): { signal: AbortSignal; cancel: () => void } {
  const end = new AbortController();
  return { signal: end.signal, cancel: timeout === 0 ? () => undefined : clock.after(timeout, () => end.abort()) };
}
