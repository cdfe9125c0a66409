import { describe, expect, it } from 'vitest';
import { conversionService, customResourceDefinitions } from '../../../src/api/crds.ts';
import type { JsonObject } from '../../../src/api/kube.ts';

interface Version {
  name: string;
  served: boolean;
  storage: boolean;
  subresources: JsonObject;
  additionalPrinterColumns: { name: string; jsonPath: string; type: string }[];
  schema: { openAPIV3Schema: JsonObject };
}
interface Crd {
  metadata: { name: string };
  spec: { versions: Version[]; conversion: { strategy: string; webhook: { clientConfig: JsonObject } } };
}
const crds = customResourceDefinitions(conversionService()) as unknown as Crd[];
const version = (crd: string, name: string): Version => {
  const found = crds
    .find(({ metadata }) => metadata.name === `${crd}.rollouts.kruise.io`)
    ?.spec.versions.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${crd} ${name}`);
  return found;
};
const columns = (crd: string, name: string): string[] =>
  version(crd, name).additionalPrinterColumns.map(({ name: title, jsonPath }) => `${title} ${jsonPath}`);

const required = (schema: unknown, path: string[]): unknown => {
  const node = path.reduce<JsonObject>(
    (from, key) => ((from['properties'] as JsonObject)[key] ?? {}) as JsonObject,
    schema as JsonObject,
  );
  return node['required'];
};

describe('CRDs', () => {
  it.each(['rollouts', 'batchreleases'])(
    'store %s as v1beta1 and serve both versions with a status subresource',
    (crd) => {
      expect(version(crd, 'v1beta1')).toMatchObject({ served: true, storage: true, subresources: { status: {} } });
      expect(version(crd, 'v1alpha1')).toMatchObject({ served: true, storage: false, subresources: { status: {} } });
    },
  );

  it('S1-12 show the columns of a Rollout', () => {
    expect(columns('rollouts', 'v1beta1')).toEqual([
      'STATUS .status.phase',
      'CANARY_STEP .status.currentStepIndex',
      'CANARY_STATE .status.currentStepState',
      'MESSAGE .status.message',
      'AGE .metadata.creationTimestamp',
    ]);
    expect(columns('rollouts', 'v1alpha1').slice(1, 3)).toEqual([
      'CANARY_STEP .status.canaryStatus.currentStepIndex',
      'CANARY_STATE .status.canaryStatus.currentStepState',
    ]);
  });

  it('X30 show the kind of a BatchRelease in both versions', () => {
    expect(columns('batchreleases', 'v1beta1')[0]).toBe('KIND .spec.workloadRef.kind');
    expect(columns('batchreleases', 'v1alpha1')[0]).toBe('KIND .spec.targetReference.workloadRef.kind');
  });

  it('require no field of the sub-statuses, which old clients leave out', () => {
    for (const name of ['v1alpha1', 'v1beta1']) {
      const schema = version('rollouts', name).schema.openAPIV3Schema;
      expect(required(schema, ['status'])).toBeUndefined();
      expect(required(schema, ['status', 'canaryStatus'])).toBeUndefined();
      expect(required(schema, ['status', 'blueGreenStatus'])).toBeUndefined();
    }
  });

  it('S3-1 store TrafficRouting and RolloutHistory as v1alpha1, their only version', () => {
    for (const crd of ['trafficroutings', 'rollouthistories']) {
      expect(version(crd, 'v1alpha1')).toMatchObject({ served: true, storage: true, subresources: { status: {} } });
      const found = crds.find(({ metadata }) => metadata.name.startsWith(crd));
      expect(found?.spec).toMatchObject({ conversion: { strategy: 'None' } });
      expect(found?.spec.versions).toHaveLength(1);
    }
  });

  it('show the columns of a TrafficRouting, and none of a RolloutHistory', () => {
    expect(columns('trafficroutings', 'v1alpha1')).toEqual([
      'STATUS .status.phase',
      'MESSAGE .status.message',
      'AGE .metadata.creationTimestamp',
    ]);
    expect(version('rollouthistories', 'v1alpha1').additionalPrinterColumns).toBeUndefined();
  });

  it('point conversion at its own Service, or at a url with a CA', () => {
    expect(crds[0]?.spec.conversion.webhook.clientConfig).toEqual({
      service: { namespace: 'kruise-rollout', name: 'kruise-rollout-conversion-service', path: '/convert', port: 443 },
    });
    const target = { url: 'https://127.0.0.1:9876/convert', caBundle: 'Q0E=' };
    const [byUrl] = customResourceDefinitions(target) as unknown as Crd[];
    expect(byUrl?.spec.conversion.webhook.clientConfig).toEqual(target);
  });
});
