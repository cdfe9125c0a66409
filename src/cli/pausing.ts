// Pausing and resuming, for the two verbs: a merge patch of the one field, without a version, as kubectl-kruise writes it.

import type { JsonObject, KubeObject } from '../api/kube.ts';
import { ESCAPE, LABEL } from '../api/names.ts';
import { isPaused } from '../api/rollout-view.ts';
import type { Target } from '../objects/actions.ts';
import { readAt } from '../lib/json.ts';
import { forEachRef, type Place } from './each.ts';
import { CliError } from './errors.ts';
import type { OutputOptions } from './options.ts';
import { CHANGE_FORMATS, report } from './report.ts';
import { outputOption } from './options.ts';
import { getRollout, rolloutTarget } from './rollouts.ts';
import { isHeldByRollout, isRollout, nameOf, quoted, subjectOf, subjectRefs, type Subject } from './subject.ts';
import type { Ref } from './targets.ts';
import type { Call } from './verb.ts';
import type { Command } from 'commander';

export function definePausing(command: Command, program: string, verb: string, text: string): void {
  command.argument('<name...>', 'rollout/NAME, NAME (of a Rollout), or a workload that can be paused: deployment/NAME');
  outputOption(command, CHANGE_FORMATS);
  command.addHelpText(
    'after',
    `\n${text}\n\nExamples:\n  ${program} ${verb} rollout/echoserver -n demo\n  ${program} ${verb} deployment/echoserver\n\n` +
      `Exit code: 0 when all that was named is ${verb}d, else 1.`,
  );
}

export async function setPaused(call: Call<OutputOptions>, paused: boolean): Promise<number> {
  return forEachRef(call, await subjectRefs(call), (ref, place) =>
    isRollout(ref) ? pauseRollout(call, ref, place, paused) : pauseWorkload(call, ref, place, paused),
  );
}

interface Pausable {
  target: Target;
  object: KubeObject;
  path: readonly string[];
  isPaused: boolean;
}

async function pauseRollout(call: Call<OutputOptions>, { name }: Ref, place: Place, paused: boolean): Promise<void> {
  const target = rolloutTarget(place.namespace, name);
  const object = await getRollout(place.client, target, call.program);
  await write(
    call,
    place,
    { target, object, path: ['spec', 'strategy', 'paused'], isPaused: isPaused(object) },
    paused,
  );
}

async function pauseWorkload(call: Call<OutputOptions>, ref: Ref, place: Place, paused: boolean): Promise<void> {
  const subject = await subjectOf(place.client, place.namespace, ref, call.program);
  const { kind, target, object } = subject;
  const path = kind.pausePath;
  if (path === undefined) throw new CliError(unsupported(call, subject));
  if (!paused && isHeldByRollout(subject)) throw new CliError(held(call, subject));
  await write(call, place, { target, object, path, isPaused: readAt(object, [...path]) === true }, paused);
}

async function write(
  call: Call<OutputOptions>,
  { client }: Place,
  { target, path, ...found }: Pausable,
  paused: boolean,
): Promise<void> {
  if (found.isPaused === paused) throw new CliError(`error: ${quoted(target)} is ${paused ? 'already' : 'not'} paused`);
  const patch = path.reduceRight<JsonObject | boolean>((inner, key) => ({ [key]: inner }), paused);
  const object = await client.mergePatch(target, patch as JsonObject);
  await report(call, target, object, paused ? 'paused' : 'resumed');
}

function unsupported({ program }: Call<object>, { target, governor }: Subject): string {
  const remedy = governor === '' ? '' : `; its Rollout can: ${program} pause rollout/${governor}`;
  return `error: ${quoted(target)} pausing is not supported${remedy}`;
}

/** Admission would put the hold back. */
function held({ program }: Call<object>, subject: Subject): string {
  const { target, governor } = subject;
  const escape = `to release it without Sluice: kubectl label ${nameOf(subject)} ${LABEL.enrolled}=${ESCAPE} --overwrite`;
  return `error: ${quoted(target)} is held by Rollout "${governor}", not paused; to go on: ${program} approve rollout/${governor}; ${escape}`;
}
