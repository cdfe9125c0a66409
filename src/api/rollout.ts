// Rollout v1beta1, the stored version: schema and type.

import { Type, type Static } from 'typebox';
import type { KubeObject, Condition } from './kube.ts';
import {
  canaryStatusSchema,
  disabledField,
  failureThresholdField,
  metaOfStatus,
  pausedField,
  pauseSchema,
  podMetadataSchema,
  releaseProgress,
  stepSizeSchema,
  trafficSchema,
} from './rollout-parts.ts';
import { httpMatchSchema, objectReference, requestHeaderModifierSchema, trafficRoutingRefSchema } from './routing.ts';
import { celRules, int32 } from './schema.ts';

export type { CanaryStatus, Pause, PodMetadata } from './rollout-parts.ts';
export type {
  HeaderMatch,
  HttpMatch,
  ObjectReference,
  PathMatch,
  QueryParamMatch,
  RequestHeaderModifier,
  TrafficRoutingRef,
} from './routing.ts';

const MAX_STEPS = 50;
export const MAX_MATCHES = 16;

const stepSchema = (leastTraffic: 0 | 1) =>
  Type.Object({
    replicas: stepSizeSchema,
    traffic: Type.Optional(trafficSchema(leastTraffic)),
    matches: Type.Optional(
      Type.Array(httpMatchSchema, {
        maxItems: MAX_MATCHES,
        description: 'Requests for the new version; one of these must match. Takes precedence over traffic.',
      }),
    ),
    requestHeaderModifier: Type.Optional(requestHeaderModifierSchema),
    pause: Type.Optional(pauseSchema),
  });
export type RolloutStep = Static<ReturnType<typeof stepSchema>>;

const stepsOf = (leastTraffic: 0 | 1) =>
  Type.Array(stepSchema(leastTraffic), {
    minItems: 1,
    maxItems: MAX_STEPS,
    description: 'What is released step by step.',
  });

const bothStyles = {
  trafficRoutings: Type.Optional(
    Type.Array(trafficRoutingRefSchema, { maxItems: 1, description: 'The Service and its route objects.' }),
  ),
  failureThreshold: failureThresholdField,
  trafficRoutingRef: Type.Optional(
    Type.String({ maxLength: 253, description: 'TrafficRouting object that several Rollouts share.' }),
  ),
  disableGenerateCanaryService: Type.Optional(
    Type.Boolean({ description: 'Do not make a Service for the new version.' }),
  ),
};

export const canaryStrategySchema = Type.Object({
  steps: stepsOf(1),
  ...bothStyles,
  enableExtraWorkloadForCanary: Type.Optional(
    Type.Boolean({
      description:
        'true: new pods run in a Deployment of their own. false: they replace pods of the workload in place. Absent: true when patchPodTemplateMetadata is given.',
    }),
  ),
  patchPodTemplateMetadata: Type.Optional(podMetadataSchema),
});
export type CanaryStrategy = Static<typeof canaryStrategySchema>;

const blueGreenStrategySchema = Type.Object({ steps: stepsOf(0), ...bothStyles });
export type BlueGreenStrategy = Static<typeof blueGreenStrategySchema>;

const strategySchema = Type.Object(
  {
    paused: pausedField,
    canary: Type.Optional(canaryStrategySchema),
    blueGreen: Type.Optional(blueGreenStrategySchema),
  },
  celRules({
    rule: 'has(self.canary) != has(self.blueGreen)',
    message: 'a strategy is either canary or blueGreen; give exactly one of them',
  }),
);

export const rolloutSpecSchema = Type.Object({
  workloadRef: objectReference('The workload whose updates are released step by step.'),
  strategy: strategySchema,
  disabled: disabledField,
});
export type RolloutSpec = Static<typeof rolloutSpecSchema>;

const blueGreenStatusSchema = Type.Object({
  ...releaseProgress,
  updatedRevision: Type.Optional(Type.String()),
  updatedReplicas: Type.Optional(int32()),
  updatedReadyReplicas: Type.Optional(int32()),
});

export const rolloutStatusSchema = Type.Object({
  ...metaOfStatus,
  currentStepIndex: Type.Optional(int32({ description: 'Copied from the status of the style in use.' })),
  currentStepState: Type.Optional(Type.String({ description: 'Copied from the status of the style in use.' })),
  canaryStatus: Type.Optional(canaryStatusSchema),
  blueGreenStatus: Type.Optional(blueGreenStatusSchema),
});
export type RolloutStatus = Static<typeof rolloutStatusSchema> & { conditions?: Condition[] };

export interface Rollout extends KubeObject {
  spec: RolloutSpec;
  status?: RolloutStatus;
}
