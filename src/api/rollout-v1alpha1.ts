// Rollout v1alpha1, served for older clients (KubeVela among them): schema and type. The rolling style and the shared
// TrafficRouting are annotations here; convert/ has the mapping.

import { Type } from 'typebox';
import {
  canaryStatusSchema,
  disabledField,
  failureThresholdField,
  metaOfStatus,
  pausedField,
  pauseSchema,
  podMetadataSchema,
  stepSizeSchema,
} from './rollout-parts.ts';
import {
  headersOnlyMatchSchema,
  objectReference,
  requestHeaderModifierSchema,
  trafficRoutingRefSchema,
} from './routing.ts';
import { celRules, int32 } from './schema.ts';

const stepSchema = Type.Object(
  {
    weight: Type.Optional(
      int32({ minimum: 0, maximum: 100, description: 'Percentage of requests, and of pods without replicas.' }),
    ),
    replicas: Type.Optional(stepSizeSchema),
    matches: Type.Optional(
      Type.Array(headersOnlyMatchSchema, {
        maxItems: 16,
        description: 'Requests for the new version; one must match.',
      }),
    ),
    requestHeaderModifier: Type.Optional(requestHeaderModifierSchema),
    pause: Type.Optional(pauseSchema),
  },
  celRules({
    rule: 'has(self.replicas) || (has(self.weight) && self.weight > 0)',
    message: 'a step needs a size: give replicas, or a weight from 1 to 100',
  }),
);

const canaryStrategySchema = Type.Object({
  steps: Type.Array(stepSchema, { minItems: 1, maxItems: 1000, description: 'What is released step by step.' }),
  trafficRoutings: Type.Optional(
    Type.Array(trafficRoutingRefSchema, { maxItems: 1, description: 'The Service and its route objects.' }),
  ),
  failureThreshold: failureThresholdField,
  patchPodTemplateMetadata: Type.Optional(podMetadataSchema),
  disableGenerateCanaryService: Type.Optional(
    Type.Boolean({ description: 'Do not make a Service for the new version.' }),
  ),
});

export const rolloutSpecV1alpha1Schema = Type.Object({
  objectRef: Type.Object({
    workloadRef: objectReference('The workload whose updates are released step by step.'),
  }),
  strategy: Type.Object({ paused: pausedField, canary: Type.Optional(canaryStrategySchema) }),
  disabled: disabledField,
  rolloutID: Type.Optional(
    Type.String({ description: 'Deprecated: use the annotation rollouts.kruise.io/rollout-id of the workload.' }),
  ),
});

export const rolloutStatusV1alpha1Schema = Type.Object({
  ...metaOfStatus,
  canaryStatus: Type.Optional(canaryStatusSchema),
});
