// The workload and all that belongs to it: whatever is owned by what, with each revision's part in the release. It asks the
// registry what belongs to a kind, so a new kind needs nothing here.

import { controllerOf } from '../objects/ownership.ts';
import { GROUP } from '../api/names.ts';
import type { Container, KubeObject } from '../api/kube.ts';
import { readAt } from '../lib/json.ts';
import { isEscaped } from '../objects/marks.ts';
import type { ReleaseView, WorkloadView } from '../workloads/workload.ts';
import type { WorkloadLook } from './look.ts';
import { momentOf } from './times.ts';

export interface PartModel {
  kind: string;
  name: string;
  uid: string;
  created: number | undefined;
  images: string[];
  /** What it is in the release; '' when it has no part in it. */
  role: 'Stable' | 'New' | 'Old' | 'New pods' | '';
  /** Pods; undefined where the object does not size any. */
  pods: { ready: number; wanted: number } | undefined;
  /** It has pods or wants some; without them it is history. */
  isInUse: boolean;
  /** What it owns. */
  parts: PartModel[];
}

export interface WorkloadModel {
  kind: string;
  name: string;
  uid: string;
  created: number | undefined;
  images: string[];
  state: 'Terminating' | 'Held' | 'Paused' | 'Complete' | 'RollingOut' | 'OnDelete';
  /** Its template is not released yet. */
  isUpdateHeld: boolean;
  /** A person took it out of Sluice. */
  isEscaped: boolean;
  pods: { ready: number; wanted: number };
  stableRevision: string;
  /** '' until it is known. */
  newRevision: string;
  parts: PartModel[];
  /** What the release made beside it. */
  beside: PartModel[];
}

const numberAt = (object: KubeObject, path: string[]): number | undefined => {
  const value = readAt(object, path);
  return typeof value === 'number' ? value : undefined;
};

export const containersOf = (object: KubeObject): Container[] =>
  (readAt(object, ['spec', 'template', 'spec', 'containers']) as Container[] | undefined) ?? [];

/** Several questions may find the same object. */
const onceEach = (objects: readonly KubeObject[]): KubeObject[] => [
  ...new Map(objects.map((object) => [object.metadata.uid ?? object.metadata.name, object])).values(),
];

/** Made for the release, beside the workload. */
const isOfRelease = (object: KubeObject): boolean => controllerOf(object)?.apiVersion.startsWith(`${GROUP}/`) === true;

const common = (object: KubeObject) => ({
  kind: object.kind ?? '',
  name: object.metadata.name,
  uid: object.metadata.uid ?? '',
  created: momentOf(object.metadata.creationTimestamp),
  images: [...new Set(containersOf(object).flatMap(({ image }) => image ?? []))],
});

export function workloadModel(
  { object, related }: WorkloadLook,
  view: WorkloadView,
  release: ReleaseView | undefined,
): WorkloadModel {
  const all = onceEach(Object.values(related).flat());
  const owned = Map.groupBy(all, (part) => controllerOf(part)?.uid ?? '');
  const partsOf = (uid: string): PartModel[] => (owned.get(uid) ?? []).map(partModel);
  const partModel = (part: KubeObject): PartModel => ({
    ...common(part),
    role: roleOf(part, view, release),
    pods: podsOf(part),
    isInUse: isInUse(part),
    parts: partsOf(part.metadata.uid ?? ''),
  });
  return {
    ...common(object),
    state: stateOf(view),
    isUpdateHeld: view.held && view.inProgress !== undefined,
    isEscaped: isEscaped(object),
    pods: { ready: view.status.ready, wanted: view.replicas },
    stableRevision: view.stableRevision,
    newRevision: release?.podRevision ?? view.podRevision,
    parts: partsOf(object.metadata.uid ?? ''),
    beside: all.filter(isOfRelease).map(partModel),
  };
}

const isInUse = (part: KubeObject): boolean =>
  (numberAt(part, ['spec', 'replicas']) ?? 1) > 0 || (numberAt(part, ['status', 'replicas']) ?? 0) > 0;

function podsOf(part: KubeObject): PartModel['pods'] {
  const wanted = numberAt(part, ['spec', 'replicas']);
  return wanted === undefined ? undefined : { ready: numberAt(part, ['status', 'readyReplicas']) ?? 0, wanted };
}

/** By the label that tells revisions apart. */
function roleOf(part: KubeObject, view: WorkloadView, release: ReleaseView | undefined): PartModel['role'] {
  const revision = part.metadata.labels?.[view.revisionKey] ?? '';
  if (revision === '') return isOfRelease(part) ? 'New pods' : '';
  if (revision === view.stableRevision) return 'Stable';
  return revision === release?.podRevision || revision === view.podRevision ? 'New' : 'Old';
}

function stateOf(view: WorkloadView): WorkloadModel['state'] {
  if (view.deleting) return 'Terminating';
  if (view.held) return view.inProgress === undefined ? 'Paused' : 'Held';
  if (view.cannotHold !== '' && view.status.updated < view.replicas) return 'OnDelete';
  return view.settled ? 'Complete' : 'RollingOut';
}
