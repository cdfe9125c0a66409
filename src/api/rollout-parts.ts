// Parts that both versions of Rollout and BatchRelease share: conditions, pod metadata, pause, status fields.

import { Type, type Static } from 'typebox';
import { celRules, int32, int64, intOrString, stringMap, time } from './schema.ts';

const conditionSchema = Type.Object({
  type: Type.String(),
  status: Type.String({ description: 'True, False or Unknown.' }),
  reason: Type.String(),
  message: Type.String(),
  lastUpdateTime: Type.Optional(time()),
  lastTransitionTime: Type.Optional(time()),
});

export const podMetadataSchema = Type.Object(
  { labels: Type.Optional(stringMap('Labels.')), annotations: Type.Optional(stringMap('Annotations.')) },
  { description: 'Labels and annotations added to the pods of the new version while it is a canary.' },
);
export type PodMetadata = Static<typeof podMetadataSchema>;

export const pauseSchema = Type.Object(
  {
    duration: Type.Optional(
      int32({ description: 'Seconds to wait before the next step. Absent: wait until somebody approves.' }),
    ),
  },
  { description: 'How to wait after the step.' },
);
export type Pause = Static<typeof pauseSchema>;

export const failureThresholdField = Type.Optional(
  intOrString({ description: 'How many new pods of a step may be unready while it still counts as ready.' }),
);

/** Keys of a map, and a type looked up in a list: a pattern or == on an int-or-string exceeds the cost that CEL may have. */
const PERCENTAGES = [
  ...Array.from({ length: 9 }, (_, index) => `0${index + 1}%`),
  ...Array.from({ length: 100 }, (_, index) => `${index + 1}%`),
];

export const stepSizeSchema = intOrString({
  description: 'New pods after this step, as a number or as a percentage of spec.replicas (rounded up).',
  ...celRules({
    rule: `type(self) in [int] ? self > 0 : self in {${PERCENTAGES.map((text) => `'${text}':0`).join(',')}}`,
    message: 'replicas must be a number above 0 or a percentage from 1% to 100%; write for example 1 or "20%"',
  }),
});

/** Share of requests; canary starts at 1%, because a step without traffic leaves it out. */
export const trafficSchema = (least: 0 | 1) =>
  Type.String({
    maxLength: 8,
    description: 'Share of requests for the new version, as "20%".',
    ...celRules({
      rule: `self.matches('^0*(${least === 0 ? '[0-9]' : '[1-9]'}[0-9]?|100)%$')`,
      message: `traffic must be a percentage from ${least}% to 100%; write for example "20%", or leave it out to route nothing`,
    }),
  });

export const metaOfStatus = {
  observedGeneration: Type.Optional(int64({ description: 'Generation of the object that the status is about.' })),
  phase: Type.Optional(Type.String()),
  message: Type.Optional(Type.String({ description: 'What happens now, for people.' })),
  conditions: Type.Optional(Type.Array(conditionSchema)),
};

/** Where a release is; none is required, because old typed clients leave fields out. */
export const releaseProgress = {
  observedWorkloadGeneration: Type.Optional(int64()),
  observedRolloutID: Type.Optional(Type.String({ description: 'Release id this status is about.' })),
  rolloutHash: Type.Optional(Type.String({ description: 'Hash of the strategy this status is about.' })),
  stableRevision: Type.Optional(Type.String()),
  podTemplateHash: Type.Optional(Type.String({ description: 'Revision label of the new pods.' })),
  currentStepIndex: Type.Optional(int32({ description: 'Step under way, from 1.' })),
  nextStepIndex: Type.Optional(
    int32({ description: 'Step that follows; another one makes the release jump. -1: none.' }),
  ),
  currentStepState: Type.Optional(Type.String({ description: 'StepReady, written in StepPaused, approves the step.' })),
  finalisingStep: Type.Optional(Type.String()),
  message: Type.Optional(Type.String()),
  lastUpdateTime: Type.Optional(time()),
};

export const canaryStatusSchema = Type.Object({
  ...releaseProgress,
  canaryRevision: Type.Optional(Type.String()),
  canaryReplicas: Type.Optional(int32()),
  canaryReadyReplicas: Type.Optional(int32()),
});
export type CanaryStatus = Static<typeof canaryStatusSchema>;

export const disabledField = Type.Optional(
  Type.Boolean({ default: false, description: 'Release natively again; a release under way is completed first.' }),
);
export const pausedField = Type.Optional(Type.Boolean({ description: 'Stop after what is under way.' }));
