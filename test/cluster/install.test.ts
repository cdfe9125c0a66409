// Installing in a throwaway cluster, by kubectl and by our own command, and taking everything out again. Pods are simulated,
// so the process inside only seems to run; what needs one that answers starts it outside.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import type { KubeObject } from '../../src/api/kube.ts';
import { kubectlPath, up } from './local/cluster.ts';
import { Kubectl } from './support/kubectl.ts';
import { rollout } from './support/objects.ts';
import { Sluice } from './support/sluice.ts';
import { until } from './support/until.ts';
import { World } from './support/world.ts';

const DEPLOY = fileURLToPath(new URL('../../manifests/deploy', import.meta.url));
const NAMESPACE = 'kruise-rollout';
const MANAGER = 'kruise-rollout-controller-manager';
const ACCOUNT = `system:serviceaccount:${NAMESPACE}:${MANAGER}`;
const DEFINITION = 'rollouts.rollouts.kruise.io';

const world = new World();
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const cli = (line: string) => world.sluice.cli(...line.split(' '));
const objectLines = (out: string): string[] => lines(out.split('\n\n')[0] ?? '');
const kubectl = (line: string, input?: string): Promise<string> => world.kubectl.do(line.split(' '), input);

beforeAll(async () => {
  world.cluster = await up({ name: 'test-install', log: () => undefined });
  const { kubeconfig, webhookHost } = world.cluster;
  world.kubectl = new Kubectl(await kubectlPath(), kubeconfig);
  world.sluice = await Sluice.create({ kubeconfig, host: webhookHost });
});
afterAll(() => world.stop());

/** Names of everything in the cluster that carries our label. */
async function ours(): Promise<string[]> {
  const kinds = [
    ...['deployments', 'services', 'poddisruptionbudgets', 'serviceaccounts', 'roles', 'rolebindings'],
    ...['clusterroles', 'clusterrolebindings', 'mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
    ...['mutatingadmissionpolicies', 'mutatingadmissionpolicybindings'],
    ...['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
  ].join(',');
  return lines(await kubectl(`get ${kinds} -A -l app.kubernetes.io/name=sluice -o name`));
}

const deployment = (): Promise<KubeObject> => world.get('deployment', MANAGER, NAMESPACE);
const conversion = async (): Promise<unknown> => {
  const { spec } = JSON.parse(await kubectl(`get crd ${DEFINITION} -o json`)) as { spec: Record<string, unknown> };
  return spec['conversion'];
};

describe('kubectl apply -k manifests/deploy', () => {
  beforeAll(() => kubectl(`apply -k ${DEPLOY}`));

  it('PK-02 its pods run in a namespace that enforces the restricted standard', async () => {
    const { status } = await until('all pods run', async () => {
      const object = await deployment();
      const { availableReplicas } = (object['status'] ?? {}) as { availableReplicas?: number };
      if (availableReplicas !== 2) throw new Error(JSON.stringify(object['status']));
      return object as KubeObject & { status: object };
    });
    expect(status).toMatchObject({ replicas: 2, readyReplicas: 2 });
    const pods = await world.list('pods', NAMESPACE);
    expect(pods.map(({ metadata }) => metadata.name).every((name) => name.startsWith(`${MANAGER}-`))).toBe(true);
    const labels = JSON.parse(await kubectl(`get namespace ${NAMESPACE} -o json`)) as KubeObject;
    expect(labels.metadata.labels?.['pod-security.kubernetes.io/enforce']).toBe('restricted');
  });

  it('both Services find the pods', async () => {
    for (const name of ['kruise-rollout-webhook-service', 'kruise-rollout-conversion-service']) {
      const slices = await until(`endpoints of ${name}`, async () => {
        const found = await world.list('endpointslices', NAMESPACE, `kubernetes.io/service-name=${name}`);
        const endpoints = found.flatMap((slice) => (slice['endpoints'] ?? []) as object[]);
        return endpoints.length === 2 ? found : undefined;
      });
      expect(slices[0]?.['ports']).toMatchObject([{ name: 'webhook', port: 9876 }]);
    }
  });

  /** kubectl sends a disruption budget's selector each time, and says "configured" although nothing becomes of it. */
  async function applyAgain(): Promise<void> {
    const generation = async (): Promise<unknown> =>
      (await world.get('poddisruptionbudget', MANAGER, NAMESPACE)).metadata.generation;
    const before = await generation();
    const applied = lines(await kubectl(`apply -k ${DEPLOY}`));
    expect(applied.length).toBeGreaterThan(15);
    const changed = applied.filter((line) => !line.endsWith(' unchanged'));
    expect(changed.filter((line) => !line.startsWith('poddisruptionbudget.'))).toEqual([]);
    expect(await generation()).toBe(before);
  }

  it('changes nothing when it is applied again', applyAgain);

  it('is what `sluice install` would do', async () => {
    const { code, out, err } = await cli('install');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(objectLines(out).filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
    await applyAgain();
  });

  it('the account has no wildcard', async () => {
    const list = lines(await kubectl(`auth can-i --list --as=${ACCOUNT}`)).slice(1);
    const onResources = list.filter((line) => !line.startsWith(' '));
    expect(onResources.length).toBeGreaterThan(20);
    expect(onResources.filter((line) => line.includes('*'))).toEqual([]);
  });
});

describe('sluice install', () => {
  const allowed = async (verb: string, resource: string): Promise<string> => {
    const { out } = await world.kubectl.try(['auth', 'can-i', verb, resource, '-A', `--as=${ACCOUNT}`]);
    return out.trim();
  };
  const custom = (plural: string, kind: string) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural, kind, singular: kind.toLowerCase() },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  });

  beforeAll(async () => {
    await world.kubectl.apply(custom('widgets', 'Widget'), custom('gears', 'Gear'));
    const namespace = await world.namespace('custom');
    const { metadata, spec, ...rest } = rollout({ namespace, name: 'gears', traffic: false });
    const workloadRef = { apiVersion: 'example.com/v1', kind: 'Gear', name: 'x' };
    const canary = { steps: [{ replicas: '50%' }] };
    await world.kubectl.apply({ ...rest, metadata, spec: { ...spec, workloadRef, strategy: { canary } } });
  });

  it('opens custom resources that are named, and those that Rollouts release', async () => {
    expect(await allowed('patch', 'widgets.example.com')).toBe('no');
    const { code, out, err } = await cli('install --workload widgets.example.com');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const roles = objectLines(out).filter((line) => line.endsWith(' created'));
    expect(out).toContain(`deployment.apps/${MANAGER} configured`);
    expect(roles).toEqual(
      ['widgets', 'gears'].map(
        (plural) => `clusterrole.rbac.authorization.k8s.io/${MANAGER}-${plural}.example.com created`,
      ),
    );
    for (const plural of ['widgets', 'gears'])
      await until(`rights on ${plural}`, async () => (await allowed('patch', `${plural}.example.com`)) === 'yes');
    expect(await allowed('list', 'controllerrevisions.apps')).toBe('yes');
    expect(await allowed('delete', 'widgets.example.com')).toBe('no');
    expect(await allowed('get', 'secrets')).toBe('no');
  });

  it('changes image and replicas when asked, and keeps them afterwards', async () => {
    const chosen = async (): Promise<unknown> => {
      const { spec } = (await deployment()) as unknown as {
        spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
      };
      return [spec.template.spec.containers[0]?.image, spec.replicas];
    };
    const first = await cli('install --image registry.example.com/sluice:1 --replicas 3');
    expect(objectLines(first.out).filter((line) => !line.endsWith(' unchanged'))).toEqual([
      `deployment.apps/${MANAGER} configured`,
    ]);
    expect(await chosen()).toEqual(['registry.example.com/sluice:1', 3]);
    const second = await cli('install');
    expect(objectLines(second.out).filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
    expect(await chosen()).toEqual(['registry.example.com/sluice:1', 3]);
  });
});

describe('sluice uninstall, with a process that nobody can reach', () => {
  const held = {
    apiVersion: 'example.com/v1',
    kind: 'Gear',
    metadata: {
      name: 'x',
      namespace: 'custom-1',
      labels: { 'sluice.dev/enrolled': 'partition' },
      annotations: {
        'sluice.dev/rollout': 'gears',
        'sluice.dev/held-fields': '{"updateStrategy":null}',
        'rollouts.kruise.io/in-progressing': '{"rolloutName":"gears"}',
      },
    },
    spec: { replicas: 3, template: {}, updateStrategy: { rollingUpdate: { partition: 32_767 } } },
  };

  beforeAll(async () => {
    await world.kubectl.do(['create', '-f', '-'], JSON.stringify(held));
    expect(await cli('uninstall')).toMatchObject({ code: 0, err: '' });
  });

  it('gives a workload of the cluster’s own kind back', async () => {
    const { metadata, spec } = await world.get('gears', 'x', 'custom-1');
    expect(spec).toEqual({ replicas: 3, template: {} });
    expect(JSON.stringify([metadata.labels, metadata.annotations])).not.toMatch(/sluice\.dev|kruise/);
  });

  it('leaves nothing but the kinds, which can still be read', async () => {
    expect(await ours()).toEqual([]);
    for (const kind of ['deployments', 'services', 'poddisruptionbudgets', 'secrets', 'leases'])
      expect(await world.list(kind, NAMESPACE)).toEqual([]);
    expect(await conversion()).toEqual({ strategy: 'None' });
    const [found] = await world.list('rollouts', 'custom-1');
    expect(found?.['spec']).toMatchObject({ workloadRef: { kind: 'Gear' } });
  });

  it('has nothing to do a second time', async () => {
    const { code, out } = await cli('uninstall');
    expect(code).toBe(0);
    expect(lines(out)[0]).toBe('No update is held by Sluice any more.');
  });
});

describe('a controller outside the cluster', () => {
  let namespace = '';
  beforeAll(async () => {
    await world.sluice.install();
    await world.sluice.start();
    namespace = await world.namespace('outside');
  });
  afterAll(() => world.sluice.stop());

  const policy = 'deployments.apps.canary.hold.sluice.dev';

  it('puts policies and their bindings back as soon as they are deleted or changed', async () => {
    for (const kind of ['mutatingadmissionpolicy', 'mutatingadmissionpolicybinding']) {
      const { metadata } = JSON.parse(await kubectl(`get ${kind} ${policy} -o json`)) as KubeObject;
      await kubectl(`delete ${kind} ${policy}`);
      await until(`${kind} is back`, async () => {
        const found = await kubectl(`get ${kind} ${policy} -o json --ignore-not-found`);
        return found !== '' && (JSON.parse(found) as KubeObject).metadata.uid !== metadata.uid;
      });
    }
    await kubectl(`patch mutatingadmissionpolicy ${policy} --type=merge -p {"spec":{"failurePolicy":"Ignore"}}`);
    await until('the policy is as it was', async () => {
      return (await kubectl(`get mutatingadmissionpolicy ${policy} -o jsonpath={.spec.failurePolicy}`)) === 'Fail';
    });
  });

  it('takes away what an earlier version installed and this one does not', async () => {
    const name = 'deployments.apps.canary.keep.sluice.dev';
    const { apiVersion, spec } = JSON.parse(
      await kubectl(`get mutatingadmissionpolicy ${policy} -o json`),
    ) as KubeObject;
    const labels = { 'app.kubernetes.io/name': 'sluice', 'app.kubernetes.io/part-of': 'sluice' };
    const of = (kind: string, body: object) => ({ apiVersion, kind, metadata: { name, labels }, spec: body });
    await world.kubectl.apply(
      of('MutatingAdmissionPolicy', spec as object),
      of('MutatingAdmissionPolicyBinding', { policyName: name }),
    );
    for (const kind of ['mutatingadmissionpolicybinding', 'mutatingadmissionpolicy']) {
      await until(`${kind} is gone`, async () => (await kubectl(`get ${kind} ${name} --ignore-not-found`)) === '');
    }
    expect(await kubectl(`get mutatingadmissionpolicy ${policy} -o name`)).toContain(policy);
  });

  it('puts rules of webhooks back and leaves what an administrator set', async () => {
    const name = 'kruise-rollout-mutating-webhook-configuration';
    const webhooks = async () =>
      (JSON.parse(await kubectl(`get mutatingwebhookconfiguration ${name} -o json`)) as { webhooks: object[] })
        .webhooks;
    const before = await webhooks();
    const edit = [
      { op: 'replace', path: '/webhooks/0/timeoutSeconds', value: 1 },
      { op: 'remove', path: '/webhooks/0/matchConditions' },
      { op: 'remove', path: '/webhooks/1' },
    ];
    await world.kubectl.do(['patch', 'mutatingwebhookconfiguration', name, '--type=json', '-p', JSON.stringify(edit)]);
    const wanted = before.map((webhook, at) => (at === 0 ? { ...webhook, timeoutSeconds: 1 } : webhook));
    await until('the webhooks are back, trusted as before', async () => {
      expect(await webhooks()).toEqual(wanted);
      return true;
    });
  });

  it('a whole release is within its rights', async () => {
    await world.app(namespace, { steps: [{ replicas: '20%', traffic: '20%' }] });
    await world.setImage(namespace, 'cilium/echoserver:1.10.3');
    await world.pausedIn(namespace, 1);
    await world.approve(namespace);
    await world.in(namespace, { phase: 'Healthy', currentStepState: 'Completed' });
    expect(world.sluice.log).not.toMatch(/forbidden/i);
  });

  const storeAs = async (version: string): Promise<void> => {
    const hash = async (): Promise<string> => {
      const found = JSON.parse(await kubectl('get --raw /apis/rollouts.kruise.io/v1beta1')) as {
        resources: { name: string; storageVersionHash?: string }[];
      };
      return found.resources.find(({ name }) => name === 'rollouts')?.storageVersionHash ?? '';
    };
    const before = await hash();
    const { spec } = JSON.parse(await kubectl(`get crd ${DEFINITION} -o json`)) as {
      spec: { versions: { name: string }[] };
    };
    const versions = spec.versions.map((one) => ({ ...one, storage: one.name === version }));
    const body = JSON.stringify({ spec: { versions } });
    await world.kubectl.do(['patch', 'crd', DEFINITION, '--type=merge', '-p', body]);
    await until(`the API server stores ${version}`, async () => (await hash()) !== before);
  };

  it('uninstall stores objects of an old version anew, so that they can be read without it', async () => {
    await storeAs('v1alpha1');
    const old = rollout({ namespace, name: 'old', traffic: false });
    await world.kubectl.apply(old);
    await storeAs('v1beta1');
    await world.sluice.stop('SIGKILL');
    expect((await world.kubectl.try(['get', 'rollout', 'old', '-n', namespace])).err).toContain('conversion webhook');
    await world.sluice.start();
    expect(await cli('uninstall')).toMatchObject({ code: 0, err: '' });
    await world.sluice.stop('SIGKILL');
    expect(await ours()).toEqual([]);
    expect(await conversion()).toEqual({ strategy: 'None' });
    const read = await world.get('rollouts', 'old', namespace);
    expect(read['spec']).toMatchObject({ workloadRef: old.spec.workloadRef, strategy: { canary: {} } });
  });
});
