import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../../src/api/kube.ts';
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  MUTATING_WEBHOOKS,
  VALIDATING_WEBHOOKS,
} from '../../../src/api/resources.ts';
import { readAt } from '../../../src/core/json-patch.ts';
import { FakeCluster, refusal } from './fake-cluster.ts';
import { lines, run } from './run.ts';

const URL = 'https://192.168.1.10:9876';
const ROLLOUTS_CRD = 'rollouts.rollouts.kruise.io';
const EXPECTED = [
  'namespace/kruise-rollout',
  'serviceaccount/kruise-rollout-controller-manager',
  'clusterrole.rbac.authorization.k8s.io/kruise-rollout-controller-manager',
  'clusterrolebinding.rbac.authorization.k8s.io/kruise-rollout-controller-manager',
  'role.rbac.authorization.k8s.io/kruise-rollout-controller-manager',
  'rolebinding.rbac.authorization.k8s.io/kruise-rollout-controller-manager',
  'customresourcedefinition.apiextensions.k8s.io/rollouts.rollouts.kruise.io',
  'customresourcedefinition.apiextensions.k8s.io/batchreleases.rollouts.kruise.io',
  'customresourcedefinition.apiextensions.k8s.io/trafficroutings.rollouts.kruise.io',
  'customresourcedefinition.apiextensions.k8s.io/rollouthistories.rollouts.kruise.io',
  'mutatingwebhookconfiguration.admissionregistration.k8s.io/kruise-rollout-mutating-webhook-configuration',
  'validatingwebhookconfiguration.admissionregistration.k8s.io/kruise-rollout-validating-webhook-configuration',
];
const objectLines = (out: string): string[] => lines(out.split('\n\n')[0] ?? '');

async function installed(line = `install --webhook-url ${URL}`): Promise<FakeCluster> {
  const cluster = new FakeCluster();
  expect(await run(line, { cluster })).toMatchObject({ code: 0, err: '' });
  return cluster;
}
const conversionOf = (cluster: FakeCluster): unknown =>
  readAt(cluster.at(CUSTOM_RESOURCE_DEFINITIONS, ROLLOUTS_CRD), ['spec', 'conversion', 'webhook', 'clientConfig']);

describe('install', () => {
  it('makes account, rights, kinds and webhooks, one line each, and no policy', async () => {
    const cluster = new FakeCluster();
    const { out } = await run('install', { cluster });
    expect(objectLines(out)).toEqual(EXPECTED.map((name) => `${name} created`));
    expect([...cluster.objects.keys()].filter((key) => key.includes('polic'))).toEqual([]);
  });

  it('changes nothing when it runs again', async () => {
    const cluster = await installed();
    cluster.writes.length = 0;
    const { code, out } = await run(`install --webhook-url ${URL}/`, { cluster });
    expect(code).toBe(0);
    expect(objectLines(out)).toEqual(EXPECTED.map((name) => `${name} unchanged`));
    expect(cluster.writes).toEqual([]);
  });

  it('keeps what the running process wrote into its objects', async () => {
    const cluster = await installed();
    const object = cluster.at(MUTATING_WEBHOOKS, 'kruise-rollout-mutating-webhook-configuration');
    const webhooks = (object?.['webhooks'] as JsonObject[]).map((webhook) => ({
      ...webhook,
      clientConfig: { ...(webhook['clientConfig'] as JsonObject), caBundle: 'Q0E=' },
    }));
    cluster.put({ ...object, metadata: { ...object?.metadata, name: object?.metadata.name ?? '' }, webhooks });
    cluster.writes.length = 0;
    await run(`install --webhook-url ${URL}`, { cluster });
    expect(cluster.writes).toEqual([]);
  });

  it('never takes the bundle from a webhook, not even from one that it adds', async () => {
    const cluster = await installed();
    const name = 'kruise-rollout-mutating-webhook-configuration';
    const object = cluster.at(MUTATING_WEBHOOKS, name);
    const [first] = object?.['webhooks'] as JsonObject[];
    const trusted = {
      ...first,
      rules: [],
      clientConfig: { ...(first?.['clientConfig'] as JsonObject), caBundle: 'Q0E=' },
    };
    cluster.put({ ...object, metadata: { ...object?.metadata, name }, webhooks: [trusted] });
    await run(`install --webhook-url ${URL}`, { cluster });
    const webhooks = cluster.at(MUTATING_WEBHOOKS, name)?.['webhooks'] as JsonObject[];
    expect(webhooks.length).toBeGreaterThan(1);
    expect(webhooks.map((webhook) => readAt(webhook, ['clientConfig', 'caBundle']))).toEqual(
      webhooks.map(() => 'Q0E='),
    );
    expect(readAt(webhooks[0], ['rules'])).toHaveLength(1);
  });

  it('looks again when the running process writes in between', async () => {
    const cluster = await installed();
    const name = 'kruise-rollout-mutating-webhook-configuration';
    const object = cluster.at(MUTATING_WEBHOOKS, name);
    cluster.put({ ...object, metadata: { ...object?.metadata, name }, webhooks: [] });
    let conflicts = 0;
    cluster.intercept = () => ((conflicts += 1) === 1 ? refusal(409, 'Conflict', 'modified') : undefined);
    expect(await run(`install --webhook-url ${URL}`, { cluster })).toMatchObject({ code: 0, err: '' });
    expect(conflicts).toBe(2);
  });

  it('brings changed objects back and says which', async () => {
    const cluster = await installed();
    const name = 'kruise-rollout-validating-webhook-configuration';
    const object = cluster.at(VALIDATING_WEBHOOKS, name);
    cluster.put({ ...object, metadata: { ...object?.metadata, name }, webhooks: [] });
    const { out } = await run(`install --webhook-url ${URL}`, { cluster });
    expect(objectLines(out).filter((line) => !line.endsWith(' unchanged'))).toEqual([
      `${EXPECTED.at(-1) ?? ''} configured`,
    ]);
    expect(cluster.at(VALIDATING_WEBHOOKS, name)?.['webhooks']).toHaveLength(1);
  });

  it('points everything at the url, or at the Services, never at both', async () => {
    const cluster = await installed();
    expect(conversionOf(cluster)).toEqual({ url: `${URL}/convert` });
    const webhooks = cluster.at(MUTATING_WEBHOOKS, 'kruise-rollout-mutating-webhook-configuration')?.['webhooks'];
    expect(JSON.stringify(webhooks)).toContain(`"url":"${URL}/mutate-enrolled"`);
    await run('install', { cluster });
    expect(conversionOf(cluster)).toEqual({
      service: { namespace: 'kruise-rollout', name: 'kruise-rollout-conversion-service', path: '/convert', port: 443 },
    });
    await run(`install --webhook-url ${URL}`, { cluster });
    expect(conversionOf(cluster)).toEqual({ url: `${URL}/convert` });
  });

  it('goes on after a refusal, names it, and fails', async () => {
    const cluster = new FakeCluster();
    cluster.intercept = ({ key }) =>
      key.startsWith('clusterroles/') ? refusal(403, 'Forbidden', 'clusterroles is forbidden') : undefined;
    const { code, out, err } = await run('install', { cluster });
    expect(code).toBe(1);
    expect(objectLines(out)).toHaveLength(EXPECTED.length - 1);
    expect(err).toBe('Error from server (Forbidden): clusterroles is forbidden\n');
    expect(out).not.toContain('Next');
  });
});

describe('install without writing', () => {
  it('--dry-run says what would be done', async () => {
    const cluster = new FakeCluster();
    const { code, out } = await run('install --dry-run', { cluster });
    expect(code).toBe(0);
    expect(lines(out)).toEqual(EXPECTED.map((name) => `${name} created (dry run)`));
    expect(cluster.writes).toEqual([]);
  });

  it('--dry-run -o yaml prints the objects and needs no cluster', async () => {
    const connect = (): never => {
      throw new Error('connected');
    };
    const { out } = await run('install --dry-run -o yaml -n elsewhere', { connect });
    const { items } = parse(out) as { items: { kind: string; metadata: { name: string; namespace?: string } }[] };
    expect(items).toHaveLength(EXPECTED.length);
    expect(items[0]).toMatchObject({ kind: 'Namespace', metadata: { name: 'elsewhere' } });
    expect(items[1]).toMatchObject({ kind: 'ServiceAccount', metadata: { namespace: 'elsewhere' } });
  });
});

describe('what to do after install', () => {
  it('a controller outside the cluster: the command that starts it', async () => {
    const { out } = await run(`install --webhook-url ${URL} -n elsewhere`, { cluster: new FakeCluster() });
    expect(out).toContain(`  sluice serve --webhook-url ${URL} --namespace elsewhere\n`);
    expect(out).toContain('until it runs, no update is held');
  });

  it('a controller inside: account and Services that it needs', async () => {
    const { out } = await run('install', { cluster: new FakeCluster() });
    expect(out).toContain('ServiceAccount kruise-rollout-controller-manager');
    expect(out).toContain('kruise-rollout-webhook-service and kruise-rollout-conversion-service');
  });

  const manager = (labels: Record<string, string>) => ({
    apiVersion: 'apps/v1',
    kind: DEPLOYMENTS.kind,
    metadata: { name: 'kruise-rollout-controller-manager', namespace: 'kruise-rollout', labels },
    spec: { template: { spec: { containers: [{ name: 'manager', image: 'openkruise/kruise-rollout:v0.6.1' }] } } },
  });

  it('another controller in its place: that it must go first', async () => {
    const cluster = new FakeCluster();
    cluster.put(manager({}));
    const { out } = await run(`install --webhook-url ${URL}`, { cluster });
    expect(out).toContain('(openkruise/kruise-rollout:v0.6.1) is not Sluice and holds the lease: delete it, then:');
  });

  it('our Deployment: nothing but to look', async () => {
    const cluster = new FakeCluster();
    cluster.put(manager({ 'app.kubernetes.io/name': 'sluice', 'app.kubernetes.io/part-of': 'sluice' }));
    const { out } = await run('install', { cluster });
    expect(out).toContain('The controller runs as Deployment kruise-rollout/kruise-rollout-controller-manager.');
    expect(out).not.toContain('Next');
  });
});
