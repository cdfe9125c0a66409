// Rights as data: the words in which pipes and the installation say what our account may do.

import type { Resource } from '../api/kube.ts';
import type { Permission, Verb } from '../workloads/workload.ts';

export const READ: Verb[] = ['get', 'list', 'watch'];
export const ALL: Verb[] = [...READ, 'create', 'patch', 'delete'];

export const may = ({ group, plural }: Resource, verbs: readonly Verb[], subresource = ''): Permission => ({
  group,
  resource: `${plural}${subresource}`,
  verbs,
});
