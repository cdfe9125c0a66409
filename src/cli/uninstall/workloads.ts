// Gives every workload back: the same plan by which the controller releases an orphan, as if no Rollout existed any more. One
// write per workload ends the hold and takes all marks away; one that a person has taken out is left alone. What a BatchRelease
// made by hand has taken over is given back as well.

import type { JsonObject, KubeObject, Resource } from '../../api/kube.ts';
import { ANNOTATION, ESCAPE, LABEL } from '../../api/names.ts';
import { patch, targetOf, type Action } from '../../objects/actions.ts';
import { isObject, readAt } from '../../lib/json.ts';
import { planWorkload } from '../../core/workload/enrolment.ts';
import { implementationFor } from '../../core/workload/governing.ts';
import {
  annotationOf,
  enrolledStyle,
  holderOf,
  inProgressOf,
  isClaimed,
  isEscaped,
  UNCLAIMED,
} from '../../objects/marks.ts';
import type { Drivable, Registered, Workload } from '../../workloads/workload.ts';
import { placeOf } from '../install/objects.ts';
import { found } from './removal.ts';
import { forEach, settle, type Work } from './settle.ts';

const isMarked = (object: KubeObject): boolean =>
  object.metadata.labels?.[LABEL.enrolled] !== undefined ||
  holderOf(object) !== undefined ||
  inProgressOf(object) !== undefined ||
  isClaimed(object);

/** Keeps little of a whole cluster's workloads: those without a mark are empty. */
const onlyMarked = (object: KubeObject): KubeObject => (isMarked(object) ? object : { metadata: { name: '' } });

/** Until a look finds nothing to do, so that a last write of a dying controller is found too. */
export async function releaseWorkloads(work: Work): Promise<void> {
  for (const resource of work.kinds.resources) {
    const marked = (await found(work.client.list(resource, { project: onlyMarked }))).filter(isMarked);
    await forEach(marked, (object) => release(work, resource, object));
  }
}

async function release(work: Work, resource: Resource, object: KubeObject): Promise<void> {
  const target = targetOf(resource, object);
  const place = placeOf(target);
  const writes = await settle(work, place, async () => {
    const live = await work.client.get(target);
    return live === undefined ? [] : releaseActions(kindOf(work, resource, live), live);
  });
  const isReleasing = inProgressOf(object) !== undefined || isTakenOver(object);
  const isHeld = isReleasing && kindOf(work, resource, object)?.isHeld(object) === true;
  if (writes > 0) work.say(`${place} ${isHeld ? 'released: its held update rolls out now' : 'un-enrolled'}`);
  if (isEscaped(object) && isHeld) {
    work.say(`${place} left alone, and still held: label ${LABEL.enrolled}=${ESCAPE} says so; resume it yourself`);
  }
}

const kindOf = ({ kinds }: Work, { group, kind }: Resource, object: KubeObject): Workload | undefined =>
  implementationFor(group, kind, enrolledStyle(object), undefined, kinds);

function releaseActions(kind: Workload | undefined, workload: KubeObject): Action[] {
  if (kind === undefined) return [];
  const { actions } = planWorkload({
    workload,
    kind,
    view: kind.view(workload, {}),
    candidates: [],
    batchReleases: [],
    liveConfirmed: true,
    namespaceTerminating: false,
  });
  if (actions.length > 0) return actions.map((action) => withoutControlInfo(action, workload));
  return isEscaped(workload) || inProgressOf(workload) !== undefined ? [] : unclaim(kind, workload);
}

/** A BatchRelease holds what nobody held: the user's own way is remembered. */
const isTakenOver = (workload: KubeObject): boolean =>
  isClaimed(workload) && annotationOf(workload, ANNOTATION.heldFields) !== undefined;

/** A pause of the user's own, which a BatchRelease found there, stays. */
function unclaim(kind: Registered & Drivable, workload: KubeObject): Action[] {
  if (isTakenOver(workload)) return kind.letGo(workload, UNCLAIMED);
  if (!isClaimed(workload)) return [];
  return [patch(kind.resource, workload, { metadata: UNCLAIMED }, 'no BatchRelease controls the workload any more')];
}

/** The BatchRelease's own mark goes in the same write. */
function withoutControlInfo(action: Action, workload: KubeObject): Action {
  if (action.do !== 'patch' || !isClaimed(workload)) return action;
  const annotations = readAt(action.patch, ['metadata', 'annotations']);
  const metadata = readAt(action.patch, ['metadata']);
  const merged: JsonObject = { ...(isObject(annotations) ? annotations : {}), ...UNCLAIMED.annotations };
  return {
    ...action,
    patch: { ...action.patch, metadata: { ...(isObject(metadata) ? metadata : {}), annotations: merged } },
  };
}
