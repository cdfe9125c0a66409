// TrafficRouting v1alpha1: a route that several Rollouts share while they release, independent of each of them.

import { Type, type Static } from 'typebox';
import type { KubeObject } from './kube.ts';
import { headersOnlyMatchSchema, requestHeaderModifierSchema, trafficRoutingRefSchema } from './routing.ts';
import { int32, int64, time, type CelRule } from './schema.ts';
import { TRAFFIC_ROUTING_PHASE } from './states.ts';

const MAX_ROUTES = 16;
const MAX_MATCHES = 16;

const strategySchema = Type.Object(
  {
    weight: Type.Optional(
      int32({ minimum: 0, maximum: 100, description: 'Percentage of requests for the new versions.' }),
    ),
    matches: Type.Optional(
      Type.Array(headersOnlyMatchSchema, {
        maxItems: MAX_MATCHES,
        description: 'Requests for the new versions; one of these must match. Takes precedence over weight.',
      }),
    ),
    requestHeaderModifier: Type.Optional(requestHeaderModifierSchema),
  },
  { description: 'Which requests go to the new versions while a Rollout releases.' },
);

export const trafficRoutingSpecSchema = Type.Object({
  objectRef: Type.Array(trafficRoutingRefSchema, {
    minItems: 1,
    maxItems: MAX_ROUTES,
    description: 'The Service and its route objects. Only the first one is used.',
  }),
  strategy: strategySchema,
});
export type TrafficRoutingSpec = Static<typeof trafficRoutingSpecSchema>;

export const trafficRoutingStatusSchema = Type.Object({
  observedGeneration: Type.Optional(int64({ description: 'Generation of the object that the status is about.' })),
  phase: Type.Optional(Type.String({ description: `One of ${Object.values(TRAFFIC_ROUTING_PHASE).join(', ')}.` })),
  message: Type.Optional(Type.String({ description: 'What happens now, for people.' })),
  lastUpdateTime: Type.Optional(time('When a route was last taken away.')),
});
export type TrafficRoutingStatus = Static<typeof trafficRoutingStatusSchema>;

export interface TrafficRouting extends KubeObject {
  spec: TrafficRoutingSpec;
  status?: TrafficRoutingStatus;
}

/** What routes are changed on must be what they are restored on. */
const { progressing, finalizing, terminating } = TRAFFIC_ROUTING_PHASE;
export const trafficRoutingRules: CelRule[] = [
  {
    rule: `!(has(self.status) && has(self.status.phase) && self.status.phase in ['${progressing}', '${finalizing}', '${terminating}']) || self.spec.objectRef == oldSelf.spec.objectRef`,
    message:
      'the routes cannot change while requests are split on them; wait until no Rollout releases with this TrafficRouting',
    reason: 'FieldValueForbidden',
    fieldPath: '.spec.objectRef',
  },
];
