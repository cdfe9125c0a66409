// The workload and all that belongs to it as a tree.

import { ESCAPE, LABEL } from '../../api/names.ts';
import { podsOf, type ReleaseModel } from '../../view/release-model.ts';
import { ago } from '../../view/times.ts';
import type { PartModel, WorkloadModel } from '../../view/workload.ts';
import { podNodes } from './pods.ts';
import type { Node } from './tree.ts';

export function workloadNodes(release: ReleaseModel, wide: boolean): Node[] {
  const { workload, now } = release;
  if (workload === undefined) return [];
  const childrenOf = ({ uid, parts }: Pick<PartModel, 'uid' | 'parts'>): Node[] => [
    ...parts.filter(({ isInUse }) => wide || isInUse).map(partNode),
    ...podNodes(podsOf(release, uid), now, wide),
  ];
  const partNode = (part: PartModel): Node => ({
    cells: [nameOf(part), part.role, countText(part.pods), ago(part.created, now), part.images.join(', ')],
    children: childrenOf(part),
  });
  const own: Node = {
    cells: [nameOf(workload), workload.state, countText(workload.pods), ago(workload.created, now), infoOf(workload)],
    children: childrenOf(workload),
  };
  return [own, ...workload.beside.map(partNode)];
}

const nameOf = ({ kind, name }: Pick<PartModel, 'kind' | 'name'>): string => `${kind}/${name}`;

const countText = (pods: PartModel['pods']): string => (pods === undefined ? '' : `${pods.ready}/${pods.wanted}`);

function infoOf({ images, isEscaped, isUpdateHeld }: WorkloadModel): string {
  const text = images.join(', ');
  if (isEscaped) return `${text} (label ${LABEL.enrolled}=${ESCAPE})`;
  return isUpdateHeld ? `its update to ${text} is held` : text;
}
