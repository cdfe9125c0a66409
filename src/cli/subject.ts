// What a verb acts on: a workload, named by itself or as the one of a Rollout, read live with all that belongs to it.

import type { KubeObject } from '../api/kube.ts';
import { ROLLOUTS } from '../api/resources.ts';
import type { Rollout } from '../api/rollout.ts';
import { styleOf, workloadRefOf } from '../api/rollout-view.ts';
import type { Target } from '../objects/actions.ts';
import { implementationFor } from '../core/workload/governing.ts';
import { enrolledStyle, holderOf, inProgressOf } from '../objects/marks.ts';
import type { Reader } from '../kube/port.ts';
import { relatedLive } from '../gather/related.ts';
import { BUILT_IN, WORKLOADS } from '../workloads/index.ts';
import type { Readable, Registered, Related, WorkloadView } from '../workloads/workload.ts';
import { CliError, notFound } from './errors.ts';
import { displayName } from './install/objects.ts';
import { kindOf, kindsWith, ownKinds } from './command-kinds.ts';
import { getRollout, rolloutTarget } from './rollouts.ts';
import { refsOf, ROLLOUT_TYPE, typeNamed, type Ref, type Typed } from './targets.ts';
import type { Call } from './verb.ts';

export interface Subject {
  kind: Registered & Readable;
  target: Target;
  object: KubeObject;
  related: Related;
  view: WorkloadView;
  /** The Rollout that was named. */
  rollout: Rollout | undefined;
  /** Name of the Rollout that governs the workload; '' when none does. */
  governor: string;
}

const typed = ({ resource, shortNames = [] }: Registered): Typed => ({ resource, short: shortNames });

/** Rollouts, and every kind of workload in the registry, once whatever its styles. */
export const subjectTypes = (): Typed[] => [
  ROLLOUT_TYPE,
  ...new Map(WORKLOADS.map((workload) => [workload.resource, typed(workload)])).values(),
];

/** What is named among these; kinds of the cluster's own are looked for when a word is not known. */
export async function subjectRefs(call: Call<object>, args: readonly string[] = call.args): Promise<Ref[]> {
  const types = subjectTypes();
  if (args.every((word) => !word.includes('/') || typeNamed(word.split('/', 1)[0] ?? '', types) !== undefined)) {
    return refsOf(args, types);
  }
  const { client, namespace } = await call.cluster();
  const own = await ownKinds(client, call.options.namespace ?? namespace, call.program);
  return refsOf(args, [...types, ...own.map(typed)]);
}

export const isRollout = ({ resource }: Ref): boolean => resource === ROLLOUTS;

/** `deployment.apps/x`. */
export const nameOf = ({ target }: Pick<Subject, 'target'>): string => displayName(target.resource, target.name);

/** `deployments.apps "x"`, as kubectl names what it complains about. */
export const quoted = ({ resource, name }: Target): string =>
  `${resource.plural}${resource.group === '' ? '' : `.${resource.group}`} "${name}"`;

export async function subjectOf(client: Reader, namespace: string, ref: Ref, program: string): Promise<Subject> {
  if (!isRollout(ref)) return byName(client, { ...ref, namespace });
  const rollout = await getRollout(client, rolloutTarget(namespace, ref.name), program);
  return subjectOfRollout(client, rollout);
}

export async function subjectOfRollout(client: Reader, rollout: Rollout): Promise<Subject> {
  const { apiVersion, kind: kindName, name } = workloadRefOf(rollout);
  const kind = await kindOf(client, rollout);
  if (kind === undefined)
    throw new CliError(`error: ${BUILT_IN.unsupportedText(apiVersion, kindName, styleOf(rollout))}`);
  const target = { resource: kind.resource, namespace: rollout.metadata.namespace ?? '', name };
  const object = await client.get(target);
  if (object === undefined) throw notFound(name, kind.resource);
  return read(client, { kind, target, object, rollout });
}

/** A workload is read by the style it is enrolled under. */
async function byName(client: Reader, target: Target): Promise<Subject> {
  const object = await client.get(target);
  if (object === undefined) throw notFound(target.name, target.resource);
  const { group, kind: kindName } = target.resource;
  const kind = implementationFor(group, kindName, enrolledStyle(object), undefined, kindsWith(target.resource));
  if (kind === undefined) throw new TypeError(`no implementation for ${kindName}`);
  return read(client, { kind, target, object, rollout: undefined });
}

async function read(client: Reader, found: Pick<Subject, 'kind' | 'target' | 'object' | 'rollout'>): Promise<Subject> {
  const { kind, object } = found;
  const related = await relatedLive(client, kind, object, undefined, true);
  const governor = (inProgressOf(object) || holderOf(object)) ?? '';
  return { ...found, related, view: kind.view(object, related), governor };
}

/** A release holds its update. */
export const isHeldByRollout = ({ object }: Pick<Subject, 'object'>): boolean => inProgressOf(object) !== undefined;
