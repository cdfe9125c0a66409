// The workload and all that belongs to it as a tree: whatever is owned by what, with each revision's part in the release. It
// asks the registry what belongs to a kind, so a new kind needs nothing here.

import { ESCAPE, GROUP, LABEL } from '../../api/names.ts';
import type { Container, KubeObject } from '../../api/kube.ts';
import { readAt } from '../../lib/json.ts';
import { isEscaped } from '../../objects/marks.ts';
import { age } from '../text/age.ts';
import type { WorkloadLook } from './look.ts';
import { podNodes } from './pods.ts';
import type { Node } from './tree.ts';

const nameOf = ({ kind = '', metadata }: KubeObject): string => `${kind}/${metadata.name}`;

const numberAt = (object: KubeObject, path: string[]): number | undefined => {
  const value = readAt(object, path);
  return typeof value === 'number' ? value : undefined;
};

export const containersOf = (object: KubeObject): Container[] =>
  (readAt(object, ['spec', 'template', 'spec', 'containers']) as Container[] | undefined) ?? [];

const imagesOf = (object: KubeObject): string =>
  [...new Set(containersOf(object).flatMap(({ image }) => image ?? []))].join(', ');

const controllerOf = ({ metadata }: KubeObject) =>
  metadata.ownerReferences?.find(({ controller }) => controller === true);

/** Several questions may find the same object. */
const onceEach = (objects: readonly KubeObject[]): KubeObject[] => [
  ...new Map(objects.map((object) => [object.metadata.uid ?? object.metadata.name, object])).values(),
];

const byOwner = (objects: readonly KubeObject[]): Map<string, KubeObject[]> =>
  Map.groupBy(objects, (object) => controllerOf(object)?.uid ?? '');

/** Made for the release, beside the workload. */
const isOfRelease = (object: KubeObject): boolean => controllerOf(object)?.apiVersion.startsWith(`${GROUP}/`) === true;

export function workloadNodes(look: WorkloadLook, now: number, wide: boolean): Node[] {
  const { object, related, pods } = look;
  const parts = onceEach(Object.values(related).flat());
  const owned = byOwner(parts);
  const podsOf = byOwner(pods);
  const childrenOf = (uid: string): Node[] => [
    ...(owned.get(uid) ?? []).filter((one) => wide || isInUse(one)).map(partNode),
    ...podNodes(podsOf.get(uid) ?? [], now, wide),
  ];
  const partNode = (part: KubeObject): Node => ({
    cells: [
      nameOf(part),
      roleOf(part, look),
      countText(part),
      age(part.metadata.creationTimestamp, now),
      imagesOf(part),
    ],
    children: childrenOf(part.metadata.uid ?? ''),
  });
  const own: Node = {
    cells: [
      nameOf(object),
      stateOf(look),
      `${look.view.status.ready}/${look.view.replicas}`,
      age(object.metadata.creationTimestamp, now),
      infoOf(look),
    ],
    children: childrenOf(object.metadata.uid ?? ''),
  };
  return [own, ...parts.filter(isOfRelease).map(partNode)];
}

/** Revisions without pods are history. */
const isInUse = (part: KubeObject): boolean =>
  (numberAt(part, ['spec', 'replicas']) ?? 1) > 0 || (numberAt(part, ['status', 'replicas']) ?? 0) > 0;

function countText(part: KubeObject): string {
  const wanted = numberAt(part, ['spec', 'replicas']);
  return wanted === undefined ? '' : `${numberAt(part, ['status', 'readyReplicas']) ?? 0}/${wanted}`;
}

/** What the object is in the release, by the label that tells revisions apart. */
function roleOf(part: KubeObject, { view, release }: WorkloadLook): string {
  const revision = part.metadata.labels?.[view.revisionKey] ?? '';
  if (revision === '') return isOfRelease(part) ? 'New pods' : '';
  if (revision === view.stableRevision) return 'Stable';
  return revision === release?.podRevision || revision === view.podRevision ? 'New' : 'Old';
}

function stateOf({ view }: WorkloadLook): string {
  if (view.deleting) return 'Terminating';
  if (view.held) return view.inProgress === undefined ? 'Paused' : 'Held';
  return view.settled ? 'Complete' : 'RollingOut';
}

function infoOf({ object, view }: WorkloadLook): string {
  const images = imagesOf(object);
  if (isEscaped(object)) return `${images} (label ${LABEL.enrolled}=${ESCAPE})`;
  if (view.held && view.inProgress !== undefined) return `its update to ${images} is held`;
  return images;
}
