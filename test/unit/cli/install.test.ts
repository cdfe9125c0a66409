import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../../src/api/kube.ts';
import {
  CLUSTER_ROLES,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  MUTATING_WEBHOOKS,
  VALIDATING_WEBHOOKS,
} from '../../../src/api/resources.ts';
import { readAt } from '../../../src/lib/json.ts';
import { FakeCluster, refusal } from './fake-cluster.ts';
import { rollout } from './objects.ts';
import { lines, run } from './run.ts';

const URL = 'https://192.168.1.10:9876';
const ROLLOUTS_CRD = 'rollouts.rollouts.kruise.io';
const EXPECTED = [
  'namespace/kruise-rollout',
  'serviceaccount/kruise-rollout-controller-manager',
  'clusterrole.rbac.authorization.k8s.io/kruise-rollout-controller-manager',
  'clusterrolebinding.rbac.authorization.k8s.io/kruise-rollout-controller-manager',
  'clusterrole.rbac.authorization.k8s.io/kruise-rollout-controller-manager-workloads',
  'clusterrolebinding.rbac.authorization.k8s.io/kruise-rollout-controller-manager-workloads',
  'role.rbac.authorization.k8s.io/kruise-rollout-controller-manager',
  'rolebinding.rbac.authorization.k8s.io/kruise-rollout-controller-manager',
  'customresourcedefinition.apiextensions.k8s.io/rollouts.rollouts.kruise.io',
  'customresourcedefinition.apiextensions.k8s.io/batchreleases.rollouts.kruise.io',
  'customresourcedefinition.apiextensions.k8s.io/trafficroutings.rollouts.kruise.io',
  'customresourcedefinition.apiextensions.k8s.io/rollouthistories.rollouts.kruise.io',
  'mutatingwebhookconfiguration.admissionregistration.k8s.io/kruise-rollout-mutating-webhook-configuration',
  'validatingwebhookconfiguration.admissionregistration.k8s.io/kruise-rollout-validating-webhook-configuration',
];
/** With the process inside the cluster: its Services before the webhooks that name them, itself last. */
const INSIDE = [
  ...EXPECTED.slice(0, -2),
  'service/kruise-rollout-webhook-service',
  'service/kruise-rollout-conversion-service',
  ...EXPECTED.slice(-2),
  'poddisruptionbudget.policy/kruise-rollout-controller-manager',
  'deployment.apps/kruise-rollout-controller-manager',
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
  it('makes account, rights, kinds, webhooks and process, one line each, and no policy', async () => {
    const cluster = new FakeCluster();
    const { out } = await run('install', { cluster });
    expect(objectLines(out)).toEqual(INSIDE.map((name) => `${name} created`));
    expect([...cluster.objects.keys()].filter((key) => key.includes('polic'))).toEqual([]);
  });

  it('changes nothing when it runs again', async () => {
    const cluster = await installed();
    cluster.writes.length = 0;
    const { code, out } = await run(`install --webhook-url ${URL}/`, { cluster });
    expect(code).toBe(0);
    expect(objectLines(out)).toEqual(EXPECTED.map((name) => `${name} unchanged`));
    expect(cluster.writes).toEqual([]);
    const inside = await installed('install');
    inside.writes.length = 0;
    await run('install', { cluster: inside });
    expect(inside.writes).toEqual([]);
  });

  it('runs no process for a controller outside', async () => {
    const cluster = await installed();
    expect([...cluster.objects.keys()].filter((key) => /deployments|services|disruption/.test(key))).toEqual([]);
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
    expect(object?.['webhooks']).not.toHaveLength(0);
    expect(cluster.at(VALIDATING_WEBHOOKS, name)?.['webhooks']).toEqual(object?.['webhooks']);
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
      key === 'clusterroles//kruise-rollout-controller-manager'
        ? refusal(403, 'Forbidden', 'clusterroles is forbidden')
        : undefined;
    const { code, out, err } = await run('install', { cluster });
    expect(code).toBe(1);
    expect(objectLines(out)).toHaveLength(INSIDE.length - 1);
    expect(err).toBe('Error from server (Forbidden): clusterroles is forbidden\n');
    expect(out).not.toContain('Next');
  });
});

describe('install without writing', () => {
  it('--dry-run says what would be done', async () => {
    const cluster = new FakeCluster();
    const { code, out } = await run('install --dry-run', { cluster });
    expect(code).toBe(0);
    expect(lines(out)).toEqual(INSIDE.map((name) => `${name} created (dry run)`));
    expect(cluster.writes).toEqual([]);
  });

  it('--dry-run -o yaml prints the objects and needs no cluster', async () => {
    const connect = (): never => {
      throw new Error('connected');
    };
    const { out } = await run('install --dry-run -o yaml -n elsewhere', { connect });
    const { items } = parse(out) as { items: { kind: string; metadata: { name: string; namespace?: string } }[] };
    expect(items).toHaveLength(INSIDE.length);
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

  it('a controller inside: to wait until it is ready', async () => {
    const { out } = await run('install', { cluster: new FakeCluster() });
    expect(out).toContain('runs as Deployment kruise-rollout/kruise-rollout-controller-manager: 2 of sluice:');
    expect(out).toContain('kubectl rollout status deployment/kruise-rollout-controller-manager -n kruise-rollout');
    expect(out).toContain('until then, no update is held');
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

  it('another controller where ours shall run: refused before anything is changed', async () => {
    const cluster = new FakeCluster();
    cluster.put(manager({}));
    const { code, err } = await run('install', { cluster });
    expect(code).toBe(1);
    expect(err).toContain('(openkruise/kruise-rollout:v0.6.1) is not Sluice; two controllers must not act at once.');
    expect(err).toContain('kubectl delete deployment kruise-rollout-controller-manager -n kruise-rollout');
    expect(cluster.writes).toEqual([]);
  });

  it('our Deployment, and a controller outside: that it must go first', async () => {
    const cluster = await installed('install');
    const { out } = await run(`install --webhook-url ${URL}`, { cluster });
    expect(out).toContain('still runs in the cluster and may lead: delete it, then:');
  });
});

describe('the process inside the cluster', () => {
  const NAME = 'kruise-rollout-controller-manager';
  const chosen = (cluster: FakeCluster): unknown[] => {
    const spec = cluster.at(DEPLOYMENTS, NAME, 'kruise-rollout')?.['spec'];
    const containers = readAt(spec, ['template', 'spec', 'containers']) as { image: string }[];
    return [containers[0]?.image, readAt(spec, ['replicas'])];
  };

  it('has the image and the replicas that were asked for', async () => {
    expect(chosen(await installed('install --image registry.example.com/sluice:1 --replicas 3'))).toEqual([
      'registry.example.com/sluice:1',
      3,
    ]);
  });

  it('keeps both when a later installation does not name them', async () => {
    const cluster = await installed('install --image registry.example.com/sluice:1 --replicas 3');
    cluster.writes.length = 0;
    expect(await run('install', { cluster })).toMatchObject({ code: 0 });
    expect(cluster.writes).toEqual([]);
    await run('install --image registry.example.com/sluice:2', { cluster });
    expect(cluster.written('patch')).toEqual([`deployments/kruise-rollout/${NAME}`]);
    expect(chosen(cluster)).toEqual(['registry.example.com/sluice:2', 3]);
  });

  it.each([
    ['--replicas two', '--replicas is "two"'],
    [`--webhook-url ${URL} --image x`, '--image and --replicas are about pods'],
    ['--workload widgets', '--workload is "widgets"'],
    ['--workload Widgets.example.com', '--workload is "Widgets.example.com"'],
  ])('%s is refused', async (flags, text) => {
    const cluster = new FakeCluster();
    const { code, err } = await run(`install ${flags}`, { cluster });
    expect(code).toBe(1);
    expect(err).toContain(text);
    expect(cluster.writes).toEqual([]);
  });
});

describe('custom resources used as workloads', () => {
  const definition = (plural: string, kind: string, scope = 'Namespaced') => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: 'example.com',
      scope,
      names: { plural, kind },
      versions: [
        { name: 'v1', storage: false },
        { name: 'v2', storage: true },
      ],
    },
  });
  const releasing = (apiVersion: string, kind: string) => {
    const spec = { workloadRef: { apiVersion, kind, name: 'x' }, strategy: { canary: {} } };
    return { ...rollout({}), metadata: { name: `of-${kind.toLowerCase()}`, namespace: 'demo' }, spec };
  };
  const rolesIn = (cluster: FakeCluster): string[] =>
    [...cluster.objects.values()]
      .filter(({ kind, metadata }) => kind === 'ClusterRole' && COLLECTED in (metadata.labels ?? {}))
      .map(({ metadata }) => metadata.name);
  const COLLECTED = 'sluice.dev/aggregate-to-manager';
  const ROLE = 'kruise-rollout-controller-manager-widgets.example.com';

  it('get a role each, which the collecting role takes in', async () => {
    const cluster = await installed('install --workload widgets.example.com --workload gears.example.com');
    expect(rolesIn(cluster)).toEqual([ROLE, ROLE.replace('widgets', 'gears')]);
    const role = cluster.at(CLUSTER_ROLES, ROLE);
    expect(role?.metadata.labels?.[COLLECTED]).toBe('true');
    expect(role?.['rules']).toEqual([
      { apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get', 'list', 'watch', 'patch'] },
      { apiGroups: ['apps'], resources: ['controllerrevisions'], verbs: ['get', 'list', 'watch'] },
    ]);
    const collecting = cluster.at(CLUSTER_ROLES, 'kruise-rollout-controller-manager-workloads');
    expect(collecting?.['aggregationRule']).toEqual({
      clusterRoleSelectors: [{ matchLabels: { [COLLECTED]: 'true' } }],
    });
    expect(collecting).not.toHaveProperty('rules');
  });

  it('are found when Rollouts release them, and only custom ones of a namespace', async () => {
    const cluster = new FakeCluster();
    for (const one of [
      definition('widgets', 'Widget'),
      definition('others', 'Other'),
      definition('worlds', 'World', 'Cluster'),
      releasing('example.com/v2', 'Widget'),
      releasing('example.com/v1', 'World'),
      releasing('v1', 'Secret'),
      releasing('apps/v1', 'Deployment'),
    ])
      cluster.put(one);
    expect(await run('install --workload widgets.example.com', { cluster })).toMatchObject({ code: 0, err: '' });
    expect(rolesIn(cluster)).toEqual([ROLE]);
  });

  it('let the process release kinds that nobody knows, and stay open when a later installation does not name them', async () => {
    const args = (cluster: FakeCluster): string =>
      JSON.stringify(cluster.at(DEPLOYMENTS, 'kruise-rollout-controller-manager', 'kruise-rollout'));
    const flag = '--filter-workload-type=false';
    const cluster = new FakeCluster();
    cluster.put(definition('widgets', 'Widget'));
    await run('install', { cluster });
    expect(args(cluster)).not.toContain(flag);
    await run('install --workload widgets.example.com', { cluster });
    expect(args(cluster)).toContain(flag);
    cluster.writes.length = 0;
    await run('install', { cluster });
    expect(cluster.writes).toEqual([]);
    const { out } = await run(`install --webhook-url ${URL}`, { cluster });
    expect(out).toContain(`  sluice serve --webhook-url ${URL} ${flag}\n`);
  });

  it('keep the webhooks that the running process has made for them', async () => {
    const cluster = await installed();
    const name = 'kruise-rollout-mutating-webhook-configuration';
    const object = cluster.at(MUTATING_WEBHOOKS, name);
    const learned = { name: 'widgets.example.com.enrolled.sluice.dev' };
    const openKruise = { name: 'mdeployment.kb.io' };
    const before = object?.['webhooks'] as JsonObject[];
    cluster.put({ ...object, metadata: { name }, webhooks: [openKruise, learned, ...before] });
    await run(`install --webhook-url ${URL}`, { cluster });
    expect(cluster.at(MUTATING_WEBHOOKS, name)?.['webhooks']).toEqual([...before, learned]);
    cluster.writes.length = 0;
    await run(`install --webhook-url ${URL}`, { cluster });
    expect(cluster.writes).toEqual([]);
  });

  it('that cannot be looked for keep nobody from installing', async () => {
    const cluster = new FakeCluster();
    const list = cluster.list.bind(cluster);
    cluster.list = (resource, options) =>
      resource.plural === 'rollouts'
        ? Promise.reject(refusal(500, 'InternalError', 'conversion webhook failed'))
        : list(resource, options);
    const { code, err } = await run('install', { cluster });
    expect(code).toBe(0);
    expect(err).toMatch(/^note: .*--workload.*conversion webhook failed\n$/);
  });
});
