// Taking out a process that runs inside the cluster: until nothing is held it answers /convert, and what it leaves can be read.

import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../../src/api/kube.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, DEPLOYMENTS } from '../../../src/api/resources.ts';
import { readAt } from '../../../src/lib/json.ts';
import { policyObjects } from '../../../src/install/index.ts';
import { FakeCluster, refusal } from './fake-cluster.ts';
import { addRelease } from './objects.ts';
import { JumpingClock, run } from './run.ts';

const ROLLOUTS_CRD = 'rollouts.rollouts.kruise.io';
const options = { namespace: 'kruise-rollout', endpoint: { url: 'https://x' }, policies: true };

async function cluster(): Promise<FakeCluster> {
  const made = new FakeCluster();
  await run('install --workload widgets.example.com', { cluster: made });
  for (const policy of policyObjects(options)) made.put(policy);
  addRelease(made);
  made.writes.length = 0;
  return made;
}

const definitionIn = (made: FakeCluster, name = ROLLOUTS_CRD): KubeObject =>
  made.at(CUSTOM_RESOURCE_DEFINITIONS, name) as KubeObject;
const served = (definition: KubeObject): string[] =>
  (readAt(definition, ['spec', 'versions']) as { name: string; served: boolean }[])
    .filter((version) => version.served)
    .map(({ name }) => name);

/** As a cluster where OpenKruise once stored v1alpha1. */
function storedBefore(made: FakeCluster): void {
  made.put({ ...definitionIn(made), status: { storedVersions: ['v1alpha1', 'v1beta1'] } });
}

describe('the process inside the cluster', () => {
  it('loses its rights first and goes last, when nothing is held and nothing must be converted', async () => {
    const made = await cluster();
    await run('uninstall', { cluster: made });
    const keys = made.writes.map(({ key }) => key);
    const at = (pattern: RegExp): number => keys.findLastIndex((key) => pattern.test(key));
    const order = [
      at(/^(cluster)?rolebindings\//),
      at(/policies\//),
      at(/webhookconfigurations\//),
      at(/\/demo\//),
      at(/^customresourcedefinitions\//),
      at(/^deployments\/kruise-rollout\//),
      at(/^services\/kruise-rollout\//),
      at(/^clusterroles\//),
    ];
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order[0]).toBeGreaterThan(-1);
  });

  it('leaves nothing of itself', async () => {
    const made = await cluster();
    await run('uninstall', { cluster: made });
    const left = [...made.objects.keys()].filter((key) => key.includes('kruise-rollout'));
    expect(left).toEqual(['namespaces//kruise-rollout']);
    expect(made.at(DEPLOYMENTS, 'kruise-rollout-controller-manager', 'kruise-rollout')).toBeUndefined();
  });

  it('cannot win by putting a policy back with rights that it has just lost', async () => {
    const made = await cluster();
    const [policy] = policyObjects(options) as [KubeObject];
    let times = 0;
    made.intercept = ({ verb, key }) => {
      const again = verb === 'create' || !key.includes(policy.metadata.name) || (times += 1) > 3;
      if (!again) queueMicrotask(() => made.put(policy));
      return undefined;
    };
    expect(await run('uninstall', { cluster: made })).toMatchObject({ code: 0, err: '' });
    expect([...made.objects.keys()].filter((key) => /polic/.test(key))).toEqual([]);
    expect(times).toBeGreaterThan(3);
  });

  it('that puts policies back for ever is named, and nothing is released under it', async () => {
    const made = await cluster();
    made.intercept = ({ key }) => (/policies\//.test(key) ? 'undone' : undefined);
    const { code, err } = await run('uninstall', { cluster: made, clock: new JumpingClock() });
    expect(code).toBe(1);
    expect(err).toContain('stop the controller that runs');
    expect(made.writes.filter(({ key }) => key.includes('/demo/'))).toEqual([]);
  });
});

describe('kinds that stay', () => {
  it('serve the stored version alone and ask no webhook', async () => {
    const made = await cluster();
    const { out } = await run('uninstall', { cluster: made });
    for (const name of [ROLLOUTS_CRD, 'batchreleases.rollouts.kruise.io']) {
      expect(readAt(definitionIn(made, name), ['spec', 'conversion'])).toEqual({ strategy: 'None' });
      expect(served(definitionIn(made, name))).toEqual(['v1beta1']);
    }
    expect(out).toContain(
      `customresourcedefinition.apiextensions.k8s.io/${ROLLOUTS_CRD} serves v1beta1 alone, because nobody converts any more`,
    );
  });

  it('are not touched where no webhook converts', async () => {
    const made = await cluster();
    await run('uninstall', { cluster: made });
    made.writes.length = 0;
    await run('uninstall', { cluster: made });
    expect(made.writes).toEqual([]);
  });

  it('serve both versions again after the next installation', async () => {
    const made = await cluster();
    await run('uninstall', { cluster: made });
    await run('install', { cluster: made });
    expect(readAt(definitionIn(made), ['spec', 'conversion', 'strategy'])).toBe('Webhook');
    expect(served(definitionIn(made))).toEqual(['v1alpha1', 'v1beta1']);
  });

  it('have every object stored anew first, if some may be stored in the old version', async () => {
    const made = await cluster();
    storedBefore(made);
    await run('uninstall', { cluster: made });
    const empty = made.writes.findIndex(({ key, body }) => /^rollouts\//.test(key) && isEmpty(body));
    const settled = made.writes.findIndex(({ key }) => key === `customresourcedefinitions//${ROLLOUTS_CRD}`);
    expect(empty).toBeGreaterThan(-1);
    expect(empty).toBeLessThan(settled);
  });

  it('stay as they are, and that is said, when old objects cannot be converted', async () => {
    const made = await cluster();
    storedBefore(made);
    made.intercept = ({ body }) =>
      isEmpty(body) ? refusal(500, 'InternalError', 'conversion webhook failed') : undefined;
    const { code, out } = await run('uninstall', { cluster: made });
    expect(code).toBe(0);
    expect(out).toMatch(/rollouts\.rollouts\.kruise\.io left as it is: .*conversion webhook failed/);
    expect(readAt(definitionIn(made), ['spec', 'conversion', 'strategy'])).toBe('Webhook');
  });
});

describe('workloads of kinds that no registry line names', () => {
  const WIDGETS = { group: 'example.com', version: 'v2', plural: 'widgets', kind: 'Widget', namespaced: true };

  it('are given back like any other', async () => {
    const made = await cluster();
    made.put({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: WIDGETS.group,
        scope: 'Namespaced',
        names: { plural: WIDGETS.plural, kind: WIDGETS.kind },
        versions: [{ name: WIDGETS.version, storage: true }],
      },
    });
    await made.create(WIDGETS, 'demo', {
      apiVersion: 'example.com/v2',
      kind: WIDGETS.kind,
      metadata: {
        name: 'held',
        namespace: 'demo',
        labels: { 'sluice.dev/enrolled': 'partition' },
        annotations: {
          'sluice.dev/rollout': 'gone',
          'sluice.dev/held-fields': '{"updateStrategy":null}',
          'rollouts.kruise.io/in-progressing': '{"rolloutName":"gone"}',
        },
      },
      spec: { replicas: 3, template: {}, updateStrategy: { rollingUpdate: { partition: 32_767 } } },
    });
    const { code, out, err } = await run('uninstall', { cluster: made });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('widget.example.com/held in demo released: its held update rolls out now');
    const left = made.at(WIDGETS, 'held', 'demo');
    expect(left?.['spec']).toEqual({ replicas: 3, template: {} });
    expect(left?.metadata).toMatchObject({ labels: {}, annotations: {} });
  });
});

const isEmpty = (body: unknown): boolean => Object.keys((body ?? { x: 1 }) as JsonObject).length === 0;
