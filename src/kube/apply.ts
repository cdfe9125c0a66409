// Performs what a plan decided, in order, and stops at the first failure. Only the leader writes. Each answer is in the
// store before the next action, and after a refusal that says "your picture is old" the object is read once, so that the
// plan that follows at once sees what is there even while a watch lags.

import type { KubeObject } from '../api/kube.ts';
import { passes, type PatchTest } from '../lib/json-patch.ts';
import type { Action, CreateAction, DeleteAction, ExactPatchAction, PatchAction, Target } from '../objects/actions.ts';
import { controllerOf } from '../objects/ownership.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Client } from './client.ts';
import { KubeError, NO_ANSWER, isKubeError } from './errors.ts';
import { objectPath } from './paths.ts';
import type { Store } from './store.ts';
import type { WriteLog } from './writes.ts';

export interface Fence {
  /** This process may write now. */
  isLeader(): boolean;
}

export interface ApplyNeeds {
  client: Client;
  store: Store;
  fence: Fence;
  clock: Clock;
  writes: WriteLog;
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Told of each action that the server accepted; `changed` = it made a difference. */
  onWrite?: (action: Action, changed: boolean) => void;
}

export interface Applied {
  /** How many actions are done. */
  done: number;
  /** What stopped the rest. `conflict` means: observe again at once. */
  failure?: KubeError;
  /** The name to create is taken by an object of another owner; no failure, the plan looks for another name. */
  nameTaken?: boolean;
}

export async function apply(actions: readonly Action[], run: ApplyNeeds): Promise<Applied> {
  const needs = { ...run, created: new Map<string, string>() };
  let done = 0;
  for (const action of actions) {
    try {
      if (!needs.fence.isLeader()) throw refused(action, NO_ANSWER.notLeader, 'this process does not lead');
      if (await perform(action, needs)) return { done, nameTaken: true };
      done += 1;
    } catch (error) {
      if (!isKubeError(error)) throw error;
      return { done, failure: await lookedInto(action, error, needs) };
    }
  }
  return { done };
}

interface Run extends ApplyNeeds {
  /** Versions of what this run created, by path. */
  created?: Map<string, string>;
}

/** True = the name is taken. */
function perform(action: Action, needs: Run): Promise<boolean> {
  if (action.do === 'create') return create(action, needs);
  if (action.do === 'patch') return patch(action, needs);
  if (action.do === 'exactPatch') return exactPatch(action, needs);
  return remove(action, needs);
}

async function create(action: CreateAction, needs: Run): Promise<boolean> {
  const { resource, namespace } = action.target;
  try {
    const answer = await needs.client.create(resource, namespace, action.object, timing(needs));
    needs.created?.set(objectPath(action.target), answer.metadata.resourceVersion ?? '');
    accept(action, answer, needs, true);
    return false;
  } catch (error) {
    if (!isKubeError(error) || !error.alreadyExists) throw error;
    return isTaken(action, error, needs);
  }
}

/** AlreadyExists: ours, when the live object has the owner that we would have given it. */
async function isTaken(action: CreateAction, error: KubeError, needs: Run): Promise<boolean> {
  const live = await needs.client.get(action.target, timing(needs));
  if (live === undefined) throw vanished(action, error);
  needs.store.put(action.target.resource, live);
  needs.created?.set(objectPath(action.target), live.metadata.resourceVersion ?? '');
  const wanted = action.object.metadata.ownerReferences?.[0]?.uid;
  const owner = controllerOf(live)?.uid;
  if (wanted === undefined || owner !== wanted) return true;
  needs.onWrite?.(action, false);
  return false;
}

async function patch(action: PatchAction, needs: Run): Promise<boolean> {
  const { target, subresource } = action;
  // A patch of what the same plan has just created starts from the version of that answer.
  const resourceVersion = action.resourceVersion || (needs.created?.get(objectPath(target)) ?? '');
  if (resourceVersion === '')
    throw refused(action, NO_ANSWER.noPrecondition, 'the patch names no version to start from');
  const options = { ...timing(needs), resourceVersion, ...(subresource === undefined ? {} : { subresource }) };
  const answer = await needs.client.mergePatch(target, action.patch, options);
  accept(action, answer, needs, answer.metadata.resourceVersion !== resourceVersion);
  return false;
}

async function exactPatch(action: ExactPatchAction, needs: Run): Promise<boolean> {
  if (testsOf(action).length === 0) throw refused(action, NO_ANSWER.noPrecondition, 'the patch tests nothing');
  const { target, operations, subresource } = action;
  const options = { ...timing(needs), ...(subresource === undefined ? {} : { subresource }) };
  const answer = await needs.client.jsonPatch(target, [...operations], options);
  accept(action, answer, needs, true);
  return false;
}

const testsOf = ({ operations }: ExactPatchAction): PatchTest[] => operations.filter((one) => one.op === 'test');

async function remove(action: DeleteAction, needs: ApplyNeeds): Promise<boolean> {
  const { target, uid } = action;
  if (uid === '') throw refused(action, NO_ANSWER.noPrecondition, 'the delete names no uid');
  try {
    const left = await needs.client.delete(target, { ...timing(needs), uid });
    if (left !== undefined) {
      accept(action, left, needs, true);
      return false;
    }
    needs.writes.record(target, needs.clock.now());
    needs.onWrite?.(action, true);
  } catch (error) {
    if (!isKubeError(error) || !error.notFound) throw error;
    needs.onWrite?.(action, false);
  }
  needs.store.removed(target, uid);
  return false;
}

function accept(action: Action, answer: KubeObject, needs: ApplyNeeds, changed: boolean): void {
  const { target } = action;
  if (changed) needs.writes.record(target, needs.clock.now());
  needs.store.put(target.resource, answer);
  needs.onWrite?.(action, changed);
}

/** What the failure means, once the object was looked at where it says that our picture of it is old. */
async function lookedInto(action: Action, failure: KubeError, needs: ApplyNeeds): Promise<KubeError> {
  // A test that failed and a body that the API server refuses are answered alike: the object tells them apart.
  const tests = action.do === 'exactPatch' && failure.invalid ? testsOf(action) : undefined;
  if (tests === undefined && !failure.conflict && !failure.unknown && !failure.notFound) return failure;
  try {
    const live = await look(action.target, needs);
    return tests === undefined || tests.every((test) => passes(live, test)) ? failure : outdated(action, failure);
  } catch (error) {
    if (!isKubeError(error)) throw error;
    // The watch or the back-off brings the truth.
    return tests === undefined ? failure : error;
  }
}

async function look(target: Target, needs: ApplyNeeds): Promise<KubeObject | undefined> {
  const known = needs.store.find(target.resource)?.get(target.namespace, target.name)?.metadata.uid;
  const live = await needs.client.get(target, timing(needs));
  if (live !== undefined) needs.store.put(target.resource, live);
  else if (known !== undefined) needs.store.removed(target, known);
  return live;
}

const timing = ({
  signal,
  timeoutMs,
}: ApplyNeeds): { signal?: AbortSignal | undefined; timeoutMs?: number | undefined } => ({
  signal,
  timeoutMs,
});

const refused = (action: Action, reason: string, text: string): KubeError =>
  new KubeError({ status: 0, reason, message: `${action.do} ${objectPath(action.target)}: ${text}` });

/** It existed a moment ago and is gone now: not a twin, not done. */
const vanished = (action: Action, cause: KubeError): KubeError =>
  new KubeError({
    status: 409,
    reason: 'Conflict',
    message: `create ${objectPath(action.target)}: an object of this name was deleted meanwhile`,
    cause,
  });

/** A test of an exact patch failed. */
const outdated = (action: Action, cause: KubeError): KubeError =>
  new KubeError({
    status: 409,
    reason: 'Conflict',
    message: `${action.do} ${objectPath(action.target)}: the object changed meanwhile`,
    cause,
  });
