// StatefulSet, style partition.

import { STATEFUL_SETS } from '../api/resources.ts';
import { statefulSetLike } from './statefulset-like.ts';
import type { Workload } from './workload.ts';

export const statefulSet: Workload = statefulSetLike(STATEFUL_SETS, 'statefulsets.apps.partition', ['sts']);
