// RolloutHistory v1alpha1: what one release consisted of, kept after it is over.

import { Type, type Static } from 'typebox';
import type { KubeObject } from './kube.ts';
import { freeForm, int32 } from './schema.ts';

const data = Type.Optional(freeForm('Its spec when the release was over.'));
const name = Type.Optional(Type.String());

const named = (description: string) => Type.Object({ name, data }, { description });

export const rolloutHistorySpecSchema = Type.Object({
  rollout: Type.Optional(
    Type.Object(
      { rolloutID: Type.Optional(Type.String({ description: 'Release id.' })), name, data },
      { description: 'The Rollout.' },
    ),
  ),
  workload: Type.Optional(
    Type.Object(
      { apiVersion: Type.Optional(Type.String()), kind: Type.Optional(Type.String()), name, data },
      { description: 'The workload that was released.' },
    ),
  ),
  service: Type.Optional(named('The Service of the workload.')),
  trafficRouting: Type.Optional(
    Type.Object(
      {
        ingress: Type.Optional(named('The Ingress.')),
        httpRoute: Type.Optional(named('The HTTPRoute.')),
      },
      { description: 'The route objects.' },
    ),
  ),
});
export type RolloutHistorySpec = Static<typeof rolloutHistorySpecSchema>;

const podSchema = Type.Object({
  name,
  ip: Type.Optional(Type.String()),
  nodeName: Type.Optional(Type.String()),
});
export type HistoryPod = Static<typeof podSchema>;

const stepSchema = Type.Object({
  canaryStepIndex: Type.Optional(int32({ description: 'Step, from 1.' })),
  pods: Type.Optional(Type.Array(podSchema, { description: 'Pods that the step released.' })),
});
export type HistoryStep = Static<typeof stepSchema>;

export const rolloutHistoryStatusSchema = Type.Object({
  phase: Type.Optional(Type.String({ description: 'completed: nothing changes any more.' })),
  canarySteps: Type.Optional(Type.Array(stepSchema, { description: 'What was released step by step.' })),
});
export type RolloutHistoryStatus = Static<typeof rolloutHistoryStatusSchema>;

export interface RolloutHistory extends KubeObject {
  spec: RolloutHistorySpec;
  status?: RolloutHistoryStatus;
}

/** The one value of `status.phase` beside none. */
export const HISTORY_COMPLETED = 'completed';
