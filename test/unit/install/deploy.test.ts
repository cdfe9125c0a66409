// manifests/deploy is written by hand: it must say what `sluice install` makes, and the pods must be what a cluster accepts
// and drains well.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { JsonObject, KubeObject } from '../../../src/api/kube.ts';
import { objectsFor, DEFAULT_IMAGE } from '../../../src/cli/install/what.ts';
import { readAt } from '../../../src/lib/json.ts';
import { parseConfig } from '../../../src/config.ts';
import { DEFAULT_REPLICAS, processObjects, serviceObjects } from '../../../src/install/index.ts';
import { DEFAULT_LIMITS } from '../../../src/server/limits.ts';

const DEPLOY = join(import.meta.dirname, '../../../manifests/deploy');
const NAMESPACE = 'kruise-rollout';

interface Kustomization {
  resources: string[];
  images?: { name: string; newName?: string; newTag: string }[];
}
const kustomization = (folder: string): Kustomization =>
  parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization;

/** As kustomize reads a folder. */
function objectsIn(folder: string): KubeObject[] {
  return kustomization(folder).resources.flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return objectsIn(path);
    return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS() as KubeObject);
  });
}

const placement = { namespace: NAMESPACE, webhookUrl: undefined };
const pods = { image: DEFAULT_IMAGE, replicas: DEFAULT_REPLICAS };
const installed = objectsFor(placement, { pods, workloads: [] });
const keyOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
const byKey = (objects: KubeObject[]) => Object.fromEntries(objects.map((one) => [keyOf(one), one]));

function withImages(objects: KubeObject[]): KubeObject[] {
  const [image] = kustomization(DEPLOY).images ?? [];
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  const containers = readAt(deployment, ['spec', 'template', 'spec', 'containers']) as unknown as { image: string }[];
  for (const one of containers) if (one.image === image?.name) one.image += `:${image.newTag}`;
  return objects;
}

describe('manifests/deploy', () => {
  it('is what `sluice install` makes, object by object', () => {
    const objects = withImages(objectsIn(DEPLOY));
    expect(objects.map(keyOf).sort()).toEqual(installed.map(keyOf).sort());
    expect(byKey(objects)).toEqual(byKey(JSON.parse(JSON.stringify(installed)) as KubeObject[]));
  });
});

const options = { namespace: NAMESPACE, endpoint: { url: 'https://x' }, policies: true };
const [budget, deployment] = processObjects(options, pods) as [KubeObject, KubeObject];
const podLabels = readAt(deployment, ['spec', 'template', 'metadata', 'labels']) as Record<string, string>;
const podSpec = readAt(deployment, ['spec', 'template', 'spec']) as JsonObject;
const [container] = podSpec['containers'] as [JsonObject];

const args = (): string[] => container['args'] as string[];

describe('the pods', () => {
  it('PK-02 obey the restricted standard without an exception', () => {
    expect(podSpec['securityContext']).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container['securityContext']).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('are selected by Services, disruption budget and Deployment alike', () => {
    const selectors = [
      ...serviceObjects(options).map((service) => readAt(service, ['spec', 'selector'])),
      readAt(budget, ['spec', 'selector', 'matchLabels']),
      readAt(deployment, ['spec', 'selector', 'matchLabels']),
    ];
    for (const selector of selectors) {
      expect(selector).toEqual(selectors[0]);
      expect(podLabels).toMatchObject(selector as object);
    }
  });

  it('are never those of OpenKruise, whose selector this one cannot replace', () => {
    expect(readAt(deployment, ['spec', 'selector', 'matchLabels'])).not.toEqual({
      'control-plane': 'controller-manager',
    });
  });

  it('HZ-05 drain at least 10 s while they serve, and are given the time for it', () => {
    const { drainMs } = parseConfig(args().slice(1), {});
    expect(drainMs).toBeGreaterThanOrEqual(10_000);
    const graceMs = (podSpec['terminationGracePeriodSeconds'] as number) * 1000;
    expect(graceMs).toBeGreaterThanOrEqual(drainMs + DEFAULT_LIMITS.closeMs + 5_000);
    expect(readAt(deployment, ['spec', 'strategy', 'rollingUpdate'])).toEqual({ maxSurge: 1, maxUnavailable: 0 });
  });

  it('start with flags that the program knows, and elect a leader', () => {
    const config = parseConfig(args().slice(1), {});
    expect(args()[0]).toBe('serve');
    expect(config.lease.elect).toBe(true);
    expect(config.featureGates.AdvancedDeployment).toBe(true);
  });

  it('PK-04 listen where probes, Services and metrics look', () => {
    const config = parseConfig(args().slice(1), {});
    const ports = Object.fromEntries(
      (container['ports'] as { name: string; containerPort: number }[]).map(({ name, containerPort }) => [
        name,
        containerPort,
      ]),
    );
    expect(ports).toEqual({ webhook: config.webhook.port, metrics: 8080, health: 8081 });
    expect([config.metricsAddress, config.healthAddress]).toEqual([':8080', ':8081']);
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
      expect(readAt(container[probe], ['httpGet', 'port'])).toBe('health');
    expect(readAt(container['livenessProbe'], ['httpGet', 'path'])).toBe('/healthz');
    expect(readAt(container['readinessProbe'], ['httpGet', 'path'])).toBe('/readyz');
  });

  it('readiness gates admission and not conversion', () => {
    const gated = serviceObjects(options).map(({ metadata, spec }) => [
      metadata.name,
      (spec as JsonObject)['publishNotReadyAddresses'] ?? false,
    ]);
    expect(gated).toEqual([
      ['kruise-rollout-webhook-service', false],
      ['kruise-rollout-conversion-service', true],
    ]);
  });
});
