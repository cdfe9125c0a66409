// Rights as data: the words in which pipes and the installation say what our account may do.

import type { Resource } from '../api/kube.ts';
import type { Permission, ApiVerb } from '../workloads/workload.ts';

export const READ: ApiVerb[] = ['get', 'list', 'watch'];
export const ALL: ApiVerb[] = [...READ, 'create', 'patch', 'delete'];

export const may = ({ group, plural }: Resource, verbs: readonly ApiVerb[], subresource = ''): Permission => ({
  group,
  resource: `${plural}${subresource}`,
  verbs,
});
