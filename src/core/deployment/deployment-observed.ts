// The one input value of the plan of a Deployment in partition style, and what makes a Deployment one.

import {
  PARTITION_ROLLING_STYLE,
  readDeploymentStrategy,
  type DeploymentStrategy,
} from '../../api/deployment-strategy.ts';
import type { KubeObject } from '../../api/kube.ts';
import { ANNOTATION } from '../../api/names.ts';
import { REPLICA_SETS } from '../../api/resources.ts';
import { readAt } from '../../lib/json.ts';
import { annotationOf, isEscaped } from '../../objects/marks.ts';
import { matchLabelsOf } from '../../workloads/replica-sets.ts';
import { list, type Answers, type Question } from '../tasks/questions.ts';

export interface DeploymentObserved {
  /** Read live: its template is copied. */
  deployment: KubeObject;
  /** Its ReplicaSets, projected or full; others among them do not count. */
  replicaSets: readonly KubeObject[];
  /** How many names for the new ReplicaSet were found to be somebody else's. */
  namesTaken: number;
  /** What earlier rounds of this look asked for. */
  answers?: Answers;
}

/** All that may be its own, by its selector. */
export const replicaSetsQuestion = (deployment: KubeObject): Question =>
  list(REPLICA_SETS, deployment.metadata.namespace ?? '', { matchLabels: matchLabelsOf(deployment) });

const NATIVE_WHILE_PARTITIONED = { paused: true, type: 'Recreate' } as const;

/** The strategy when we roll this Deployment: annotated, and kept still natively. Also of one that people annotated by hand. */
export function partitionStrategyOf(deployment: KubeObject): DeploymentStrategy | undefined {
  const { paused, type } = NATIVE_WHILE_PARTITIONED;
  const isStill =
    readAt(deployment, ['spec', 'paused']) === paused && readAt(deployment, ['spec', 'strategy', 'type']) === type;
  if (!isStill || deployment.metadata.deletionTimestamp !== undefined || isEscaped(deployment)) return undefined;
  const strategy = readDeploymentStrategy(annotationOf(deployment, ANNOTATION.deploymentStrategy));
  return strategy?.rollingStyle === PARTITION_ROLLING_STYLE ? strategy : undefined;
}
