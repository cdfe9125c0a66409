// The CustomResourceDefinitions of our kinds, built from the schemas. Manifests use the Service of /convert; a controller
// outside the cluster passes its own url.

import type { TSchema } from 'typebox';
import { batchReleaseSpecSchema, batchReleaseStatusSchema } from './batch-release.ts';
import { batchReleaseSpecV1alpha1Schema, batchReleaseStatusV1alpha1Schema } from './batch-release-v1alpha1.ts';
import type { Json, JsonObject, KubeObject, Resource } from './kube.ts';
import { CONVERSION_SERVICE_NAME, DEFAULT_NAMESPACE, PATH, SERVICE_PORT, V1ALPHA1, V1BETA1 } from './names.ts';
import { BATCH_RELEASES, ROLLOUT_HISTORIES, ROLLOUTS, TRAFFIC_ROUTINGS } from './resources.ts';
import { rolloutHistorySpecSchema, rolloutHistoryStatusSchema } from './rollout-history.ts';
import { rolloutSpecSchema, rolloutStatusSchema } from './rollout.ts';
import { frozenRules } from './rollout-frozen.ts';
import { rolloutSpecV1alpha1Schema, rolloutStatusV1alpha1Schema } from './rollout-v1alpha1.ts';
import { celRules, type CelRule } from './schema.ts';
import { structural } from './structural.ts';
import { trafficRoutingRules, trafficRoutingSpecSchema, trafficRoutingStatusSchema } from './traffic-routing.ts';

/** Where the API server reaches /convert; without caBundle it trusts the system's roots. */
export type ConversionTarget = { caBundle?: string } & (
  { url: string } | { service: { namespace: string; name: string; path?: string; port?: number } }
);

export const conversionService = (namespace: string = DEFAULT_NAMESPACE): ConversionTarget => ({
  service: { namespace, name: CONVERSION_SERVICE_NAME, path: PATH.convert, port: SERVICE_PORT },
});

interface Version {
  name: string;
  spec: TSchema;
  status: TSchema;
  columns: JsonObject[];
  rules?: CelRule[];
}

interface Definition {
  resource: Resource;
  singular: string;
  /** The last one is stored. */
  versions: Version[];
}

const column = (name: string, type: string, jsonPath: string, description: string): JsonObject => ({
  name,
  type,
  jsonPath,
  description,
});
const AGE = column('AGE', 'date', '.metadata.creationTimestamp', 'Time since creation.');

const rolloutColumns = (progress: string): JsonObject[] => [
  column('STATUS', 'string', '.status.phase', 'Phase of the Rollout.'),
  column('CANARY_STEP', 'integer', `${progress}.currentStepIndex`, 'Step under way, from 1.'),
  column('CANARY_STATE', 'string', `${progress}.currentStepState`, 'State of the step under way.'),
  column('MESSAGE', 'string', '.status.message', 'What happens now.'),
  AGE,
];
const batchColumns = (workload: string): JsonObject[] => [
  column('KIND', 'string', `${workload}.kind`, 'Kind of the workload.'),
  column('PHASE', 'string', '.status.phase', 'Phase of the BatchRelease.'),
  column('BATCH', 'integer', '.status.canaryStatus.currentBatch', 'Batch under way, from 0.'),
  column('BATCH-STATE', 'string', '.status.canaryStatus.batchState', 'State of the batch under way.'),
  AGE,
];

const routingColumns: JsonObject[] = [
  column('STATUS', 'string', '.status.phase', 'Phase of the TrafficRouting.'),
  column('MESSAGE', 'string', '.status.message', 'What happens now.'),
  AGE,
];
const nameOf = ({ plural, group }: Resource): string => `${plural}.${group}`;

const DEFINITIONS: Definition[] = [
  {
    resource: ROLLOUTS,
    singular: 'rollout',
    versions: [
      {
        name: V1ALPHA1,
        spec: rolloutSpecV1alpha1Schema,
        status: rolloutStatusV1alpha1Schema,
        columns: rolloutColumns('.status.canaryStatus'),
        rules: frozenRules.v1alpha1,
      },
      {
        name: V1BETA1,
        spec: rolloutSpecSchema,
        status: rolloutStatusSchema,
        columns: rolloutColumns('.status'),
        rules: frozenRules.v1beta1,
      },
    ],
  },
  {
    resource: BATCH_RELEASES,
    singular: 'batchrelease',
    versions: [
      {
        name: V1ALPHA1,
        spec: batchReleaseSpecV1alpha1Schema,
        status: batchReleaseStatusV1alpha1Schema,
        columns: batchColumns('.spec.targetReference.workloadRef'),
      },
      {
        name: V1BETA1,
        spec: batchReleaseSpecSchema,
        status: batchReleaseStatusSchema,
        columns: batchColumns('.spec.workloadRef'),
      },
    ],
  },
  {
    resource: TRAFFIC_ROUTINGS,
    singular: 'trafficrouting',
    versions: [
      {
        name: V1ALPHA1,
        spec: trafficRoutingSpecSchema,
        status: trafficRoutingStatusSchema,
        columns: routingColumns,
        rules: trafficRoutingRules,
      },
    ],
  },
  {
    resource: ROLLOUT_HISTORIES,
    singular: 'rollouthistory',
    versions: [{ name: V1ALPHA1, spec: rolloutHistorySpecSchema, status: rolloutHistoryStatusSchema, columns: [] }],
  },
];

/** Names of all CRDs. */
export const DEFINITION_NAMES: readonly string[] = DEFINITIONS.map(({ resource }) => nameOf(resource));

/** Names of those that are served in several versions, so that somebody must convert. */
export const CONVERTED_NAMES: readonly string[] = DEFINITIONS.filter(({ versions }) => versions.length > 1).map(
  ({ resource }) => nameOf(resource),
);

/** All CRDs, in a fixed order. */
export const customResourceDefinitions = (conversion: ConversionTarget): KubeObject[] =>
  DEFINITIONS.map((definition) => crd(definition, conversion));

function crd({ resource, singular, versions }: Definition, conversion: ConversionTarget): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: nameOf(resource) },
    spec: {
      group: resource.group,
      names: { plural: resource.plural, singular, kind: resource.kind, listKind: `${resource.kind}List` },
      scope: 'Namespaced',
      conversion: versions.length === 1 ? { strategy: 'None' } : byWebhook(conversion),
      versions: versions.map((version) => crdVersion(version, version.name === resource.version)),
    },
  };
}

const byWebhook = (conversion: ConversionTarget): JsonObject => ({
  strategy: 'Webhook',
  webhook: { clientConfig: clientConfig(conversion), conversionReviewVersions: ['v1', 'v1beta1'] },
});

const clientConfig = (target: ConversionTarget): JsonObject => ({
  ...('url' in target ? { url: target.url } : { service: { ...target.service } }),
  ...(target.caBundle === undefined ? {} : { caBundle: target.caBundle }),
});

const crdVersion = (version: Version, storage: boolean): JsonObject => ({
  name: version.name,
  served: true,
  storage,
  subresources: { status: {} },
  ...(version.columns.length === 0 ? {} : { additionalPrinterColumns: version.columns }),
  schema: { openAPIV3Schema: rootSchema(version) },
});

/** Structural schema of one version of one kind, as the API server prunes by it. */
function rootSchema({ spec, status, rules }: Version): JsonObject {
  return {
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: structural(spec, 'spec'),
      status: structural(status, 'status'),
    },
    required: ['spec'],
    ...(rules === undefined ? {} : (celRules(...rules) as unknown as Record<string, Json>)),
  };
}
