// Everything the shell may do to the API server, as data. Plans return these in order; kube/apply performs them and stops at
// the first failure. Every member names its target exactly and carries `why`, which logs and traces show.

import type { JsonObject, KubeObject, Resource } from '../api/kube.ts';
import type { PatchOperation, PatchTest } from '../lib/json-patch.ts';

export interface Target {
  resource: Resource;
  namespace: string;
  name: string;
}

/**
 * POST with a deterministic name. AlreadyExists counts as done when the live object's controller owner has
 * `object.metadata.ownerReferences[0].uid`; with another owner it is a `NameTaken` failure and the plan looks again.
 */
export interface CreateAction {
  do: 'create';
  target: Target;
  object: KubeObject;
  why: string;
}

/** JSON merge patch with explicit nulls; a 409 means: observe again. */
export interface PatchAction {
  do: 'patch';
  target: Target;
  subresource?: 'status';
  /** Precondition: the version the decision was made from; '' only after a create of the same object in the same plan. */
  resourceVersion: string;
  patch: JsonObject;
  why: string;
}

/**
 * JSON patch of the object as it is by then. Its tests come first and are the precondition: all that the decision read of the
 * object. One that fails means what a 409 means.
 */
export interface ExactPatchAction {
  do: 'exactPatch';
  target: Target;
  subresource?: 'status';
  operations: readonly (PatchTest | PatchOperation)[];
  why: string;
}

/** DELETE with preconditions; NotFound counts as done. */
export interface DeleteAction {
  do: 'delete';
  target: Target;
  uid: string;
  why: string;
}

export type Action = CreateAction | PatchAction | ExactPatchAction | DeleteAction;

/** An Event about the planned object; de-duplicated by the recorder, never a reason to fail. */
export interface EventNote {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

export const targetOf = (resource: Resource, object: KubeObject): Target => ({
  resource,
  namespace: object.metadata.namespace ?? '',
  name: object.metadata.name,
});

export const patch = (
  resource: Resource,
  object: KubeObject,
  body: JsonObject,
  why: string,
  subresource?: 'status',
): PatchAction => ({
  do: 'patch',
  target: targetOf(resource, object),
  resourceVersion: object.metadata.resourceVersion ?? '',
  patch: body,
  why,
  ...(subresource === undefined ? {} : { subresource }),
});

export const remove = (resource: Resource, object: KubeObject, why: string): DeleteAction => ({
  do: 'delete',
  target: targetOf(resource, object),
  uid: object.metadata.uid ?? '',
  why,
});

export const create = (resource: Resource, object: KubeObject, why: string): CreateAction => ({
  do: 'create',
  target: targetOf(resource, object),
  object,
  why,
});
