// The generated policies and match conditions inside a real API server, with nothing of ours installed or running: what they
// hold is what the webhook would make of it, they never fail on sparse objects, and they ask a webhook for next to nothing.

import jsonpatch from 'fast-json-patch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject, Resource } from '../../src/api/kube.ts';
import { DEPLOYMENTS, STATEFUL_SETS } from '../../src/api/resources.ts';
import { holdJudge } from '../../src/core/admission/judges/hold.ts';
import { isUnderWay } from '../../src/core/admission/predicate.ts';
import type { Rollout } from '../../src/api/rollout.ts';
import { DEFAULT_OPTIONS, policyObjects, webhookObjects, type InstallOptions } from '../../src/install/index.ts';
import { ourUserName } from '../../src/api/names.ts';
import { WORKLOADS } from '../../src/workloads/index.ts';
import type { Related, Workload } from '../../src/workloads/workload.ts';
import { kubectlPath, up, type Cluster } from './local/cluster.ts';
import { DryRuns } from './support/dry-runs.ts';
import { Hooks } from './support/hooks.ts';
import { Kubectl } from './support/kubectl.ts';
import { deployment, rollout, type AppOptions } from './support/objects.ts';
import { staysTrue, until } from './support/until.ts';
import { updatesOf } from './support/updates.ts';
import { at, imageOf, isHeld, NAME, V1, V2, V3 } from './support/workloads.ts';

const OURS = ourUserName(DEFAULT_OPTIONS.namespace);
/** Our user name, with an administrator's rights: rights are not what is tested here. */
const AS_US = [`--as=${OURS}`, '--as-group=system:masters'];
/** Somebody whom nothing of ours looks at, for objects as they are sent. */
const BARE = 'nobody-looks';
const AS_BARE = [`--as=${BARE}`, '--as-group=system:masters'];
const CONTROLLED = 'rollouts.kruise.io/controlled-by-advanced-deployment-controller';
const IN_PROGRESSING = 'rollouts.kruise.io/in-progressing';
const ENROLLED = {
  labels: { app: NAME, 'sluice.dev/enrolled': 'canary' },
  annotations: { 'sluice.dev/rollout': NAME },
};

const NOT_BARE = { name: 'not-bare', expression: `request.userInfo.username != '${BARE}'` };
interface Conditional {
  matchConditions?: object[];
}
const sparing = <Held extends Conditional>(held: Held): Held => ({
  ...held,
  matchConditions: [...(held.matchConditions ?? []), NOT_BARE],
});
/** Bindings have no conditions. */
const sparingBare = (object: KubeObject): KubeObject => {
  const { spec, webhooks } = object as unknown as { spec?: Conditional; webhooks?: Conditional[] };
  if (webhooks !== undefined) return { ...object, webhooks: webhooks.map(sparing) } as unknown as KubeObject;
  return spec?.matchConditions === undefined ? object : ({ ...object, spec: sparing(spec) } as unknown as KubeObject);
};

let cluster: Cluster;
let kubectl: Kubectl;
let hooks: Hooks;
let options: InstallOptions;
let count = 0;

type Body = ReturnType<typeof deployment>;
interface Meta {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

const withMeta = (object: Body, meta: Meta): Body => ({
  ...object,
  metadata: { ...object.metadata, ...meta } as Body['metadata'],
});

async function space(): Promise<string> {
  count += 1;
  await kubectl.do(['create', 'namespace', `policy-${count}`]);
  return `policy-${count}`;
}

const load = async (namespace: string): Promise<KubeObject> =>
  JSON.parse(await kubectl.do(['get', 'deployment', NAME, '-n', namespace, '-o', 'json'])) as KubeObject;

/** As the controller leaves an enrolled workload: rolled out, labelled, annotated. */
async function enrolledIn(namespace: string, parts: Partial<AppOptions> = {}, meta: Meta = ENROLLED): Promise<void> {
  await kubectl.apply(withMeta(deployment({ namespace, replicas: 2, image: V1, ...parts }), meta));
  await until('rolled out', async () => {
    const { status } = (await load(namespace)) as { status?: Record<string, number> } & KubeObject;
    return status?.['availableReplicas'] === 2 && status['observedGeneration'] !== undefined;
  });
}

const merge = (namespace: string, body: object, ...flags: string[]): Promise<string> =>
  kubectl.do([
    'patch',
    'deployment',
    NAME,
    '-n',
    namespace,
    '--type=merge',
    '-p',
    JSON.stringify(body),
    '-o',
    'json',
    ...flags,
  ]);
/** A PUT of everything, again when a controller wrote in between. */
const put = (object: object): Promise<boolean> =>
  until('replaced', async () => {
    const { code, err } = await kubectl.try(['replace', '-f', '-'], JSON.stringify(object));
    if (code !== 0) throw new Error(err);
    return true;
  });
const dryRun = async (namespace: string, body: object): Promise<KubeObject> =>
  JSON.parse(await merge(namespace, body, '--dry-run=server')) as KubeObject;

const image = (name: string, value: string) => ({
  spec: { template: { spec: { containers: [{ name, image: value }] } } },
});
const NEW = image(NAME, V2);

beforeAll(async () => {
  cluster = await up({ name: 'test-policy', log: () => undefined });
  kubectl = new Kubectl(await kubectlPath(), cluster.kubeconfig);
  hooks = await Hooks.start(cluster.webhookHost);
  options = { ...DEFAULT_OPTIONS, endpoint: { url: hooks.url }, caBundle: hooks.caBundle };
  await kubectl.apply(...[...policyObjects(options), ...webhookObjects(options)].map(sparingBare));
  const probe = await space();
  await enrolledIn(probe);
  await until('the policies act', async () => isHeld(await dryRun(probe, NEW)));
  await until('the webhooks act', async () => {
    await dryRun(probe, NEW);
    return hooks.asked.length > 0;
  });
});

afterAll(async () => {
  await hooks?.stop();
  await cluster?.stop();
});

describe('the policies alone', () => {
  test('an enrolled workload with a new template is stored held; no new ReplicaSet appears', async () => {
    const namespace = await space();
    await enrolledIn(namespace);
    await merge(namespace, NEW);
    const stored = await load(namespace);
    expect([imageOf(stored), isHeld(stored)]).toEqual([V2, true]);
    const sets = async (): Promise<KubeObject[]> =>
      (JSON.parse(await kubectl.do(['get', 'replicasets', '-n', namespace, '-o', 'json'])) as { items: KubeObject[] })
        .items;
    await staysTrue('one ReplicaSet', async () => (await sets()).length === 1, 1000);
  });

  test('a healthy workload keeps its enrolment when a replace drops it, and the next update is held', async () => {
    const namespace = await space();
    await enrolledIn(namespace);
    await put(deployment({ namespace, replicas: 2, image: V1 }));
    expect((await load(namespace)).metadata).toMatchObject({
      labels: { 'sluice.dev/enrolled': 'canary' },
      annotations: { 'sluice.dev/rollout': NAME },
    });
    await put(deployment({ namespace, replicas: 2, image: V2 }));
    expect(isHeld(await load(namespace))).toBe(true);
  });

  test('kubectl rollout resume leaves a release held', async () => {
    const namespace = await space();
    await enrolledIn(namespace);
    await merge(namespace, NEW);
    await kubectl.do(['rollout', 'resume', 'deployment', NAME, '-n', namespace]);
    expect(isHeld(await load(namespace))).toBe(true);
  });

  test('an undo that copies in-progressing back from a revision is held all the same', async () => {
    const namespace = await space();
    const copied = {
      ...ENROLLED,
      annotations: { ...ENROLLED.annotations, [IN_PROGRESSING]: `{"rolloutName":"${NAME}"}` },
    };
    await enrolledIn(namespace, {}, copied);
    await until('the mark is on the revision', async () =>
      (await kubectl.do(['get', 'replicasets', '-n', namespace, '-o', 'json'])).includes('in-progressing'),
    );
    await merge(namespace, { metadata: { annotations: { [IN_PROGRESSING]: null } } }, ...AS_US);
    await merge(namespace, NEW, ...AS_BARE);
    await until('v2 everywhere', async () => at(await load(namespace), 'status', 'updatedReplicas') === 2);
    await kubectl.do(['rollout', 'undo', 'deployment', NAME, '-n', namespace]);
    const stored = await load(namespace);
    expect([imageOf(stored), isHeld(stored)]).toEqual([V1, true]);
  });

  test('AW-27 writes of our own user pass unchanged: the end of a hold, the end of an enrolment', async () => {
    const namespace = await space();
    await enrolledIn(namespace);
    await merge(namespace, image(NAME, V3));
    expect(isHeld(await load(namespace))).toBe(true);
    const letGo = {
      metadata: {
        labels: { 'sluice.dev/enrolled': null },
        annotations: { [IN_PROGRESSING]: null, 'sluice.dev/rollout': null },
      },
      spec: { paused: null },
    };
    await merge(namespace, letGo, ...AS_US);
    const { metadata, spec } = (await load(namespace)) as KubeObject & { spec: object };
    expect(metadata.labels).toEqual({ app: NAME });
    expect(Object.keys(metadata.annotations ?? {}).filter((key) => /sluice|kruise/.test(key))).toEqual([]);
    expect(spec).not.toHaveProperty('paused');
  });

  test('AW-10 kube-system is left alone', async () => {
    await enrolledIn('kube-system');
    expect(isHeld(await dryRun('kube-system', NEW))).toBe(false);
    await kubectl.do(['delete', 'deployment', NAME, '-n', 'kube-system', '--wait=false']);
  });

  test('an object of 1 MB with repeated list keys is held as any other', async () => {
    const namespace = await space();
    const base = deployment({ namespace, replicas: 2, image: V1 });
    const container = base.spec.template.spec.containers[0] as object;
    const env = [
      { name: 'TWICE', value: '1' },
      { name: 'TWICE', value: '2' },
      { name: 'BIG', value: 'x'.repeat(100_000) },
    ];
    const ports = [{ containerPort: 80 }, { containerPort: 80, name: 'again' }];
    const containers = Array.from({ length: 10 }, (_, index) => ({ ...container, name: `c${index}`, env, ports }));
    const big = { ...base, spec: { ...base.spec, template: { ...base.spec.template, spec: { containers } } } };
    await kubectl.do(['create', '-f', '-'], JSON.stringify(withMeta(big as unknown as Body, ENROLLED)));
    const body = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: V2 }];
    await kubectl.do(['patch', 'deployment', NAME, '-n', namespace, '--type=json', '-p', JSON.stringify(body)]);
    const stored = await load(namespace);
    expect([imageOf(stored), isHeld(stored)]).toEqual([V2, true]);
    expect(at(stored, 'spec', 'template', 'spec', 'containers', 9, 'env')).toEqual(env);
  });
});

describe('the guard and what the webhook has let pass', () => {
  const LET_PASS = 'sluice.dev/let-pass';
  const sent = async (namespace: string, generation: number, ...flags: string[]) => {
    const body = { metadata: { annotations: { [LET_PASS]: String(generation) } }, ...NEW };
    return kubectl.try([
      ...['patch', 'deployment', NAME, '-n', namespace, '--type=merge', '-p', JSON.stringify(body)],
      ...['--dry-run=server', ...flags],
    ]);
  };

  test('a template of our own user that nothing holds is refused, unless it was looked at with this generation', async () => {
    const namespace = await space();
    await enrolledIn(namespace);
    const { generation = 0 } = (await load(namespace)).metadata;
    expect((await sent(namespace, generation, ...AS_US)).code).toBe(0);
    const { code, err } = await sent(namespace, generation - 1, ...AS_US);
    expect([code, err]).toEqual([1, expect.stringMatching(/put a new pod template out to all pods at once/)]);
  });
});

const MARK = `{"rolloutName":"${NAME}"}`;

const governor = (namespace: string, { kind, metadata }: KubeObject): Rollout => {
  const canary = { enableExtraWorkloadForCanary: metadata.labels?.['sluice.dev/enrolled'] === 'canary' };
  const made = rollout({ namespace, traffic: false, canary });
  const workloadRef = { ...made.spec.workloadRef, kind };
  return { ...made, spec: { ...made.spec, workloadRef }, status: { phase: 'Healthy' } } as unknown as Rollout;
};

/** What the webhook would store of what the user sent, without the policy's help. */
function byWebhook(old: KubeObject, sent: KubeObject, namespace: string, related: Related): KubeObject {
  const { kind = '' } = old;
  const decision = holdJudge.judge(
    {
      uid: '1',
      operation: 'UPDATE',
      group: 'apps',
      version: 'v1',
      resource: `${kind.toLowerCase()}s`,
      kind,
      subresource: '',
      namespace,
      name: NAME,
      username: 'jane',
      groups: [],
      dryRun: true,
      object: sent,
      oldObject: old,
    },
    {
      identity: OURS,
      rollouts: [governor(namespace, old)],
      related,
      live: true,
      namespaceTerminating: false,
    },
    Date.now(),
  );
  if (decision.is !== 'patch') return sent;
  return jsonpatch.applyPatch(structuredClone(sent), decision.operations as jsonpatch.Operation[]).newDocument;
}

/** The stable revision is what only the webhook can know. */
const comparable = ({ metadata, spec }: KubeObject): unknown => {
  const { 'rollouts.kruise.io/stable-revision': _known, ...labels } = metadata.labels ?? {};
  return { labels, annotations: metadata.annotations ?? {}, spec };
};

async function listOf(resource: string, namespace: string): Promise<KubeObject[]> {
  const out = await kubectl.do(['get', resource, '-n', namespace, '-o', 'json']);
  return (JSON.parse(out) as { items: KubeObject[] }).items;
}

const STRATEGY = 'rollouts.kruise.io/deployment-strategy';
/** As a Deployment is while Sluice rolls it by partition. */
const DRIVEN = {
  metadata: {
    labels: { 'sluice.dev/enrolled': 'partition', [CONTROLLED]: 'true' },
    annotations: {
      [IN_PROGRESSING]: MARK,
      [STRATEGY]:
        '{"rollingStyle":"Partition","rollingUpdate":{"maxUnavailable":1,"maxSurge":"25%"},"partition":"20%","revision":"x"}',
    },
  },
  spec: { ...NEW.spec, paused: true, strategy: { type: 'Recreate', rollingUpdate: null } },
};

describe('policy and webhook make the same object of an update', () => {
  const healthy: [string, object][] = [
    ['a new image', NEW],
    ['a new template label', { spec: { template: { metadata: { labels: { tier: 'a' } } } } }],
    ['a new template annotation', { spec: { template: { metadata: { annotations: { at: 'now' } } } } }],
    [
      'only the hash label in the template',
      { spec: { template: { metadata: { labels: { 'pod-template-hash': 'x' } } } } },
    ],
    ['a new release id', { metadata: { annotations: { 'rollouts.kruise.io/rollout-id': '2' } } }],
    [
      'a new release id with a new image',
      { metadata: { annotations: { 'rollouts.kruise.io/rollout-id': '2' } }, ...NEW },
    ],
    ['a bare in-progressing', { metadata: { annotations: { [IN_PROGRESSING]: 'true' } } }],
    ['a copied in-progressing', { metadata: { annotations: { [IN_PROGRESSING]: MARK } } }],
    ['a new image and a dropped enrolment', { metadata: { labels: null, annotations: null }, ...NEW }],
    [
      'a dropped enrolment',
      { metadata: { labels: { 'sluice.dev/enrolled': null }, annotations: { 'sluice.dev/rollout': null } } },
    ],
    ['another enrolment', { metadata: { labels: { 'sluice.dev/enrolled': 'partition' } } }],
    ['the escape', { metadata: { labels: { 'sluice.dev/enrolled': 'false' } }, ...NEW }],
    ['a scale', { spec: { replicas: 4 } }],
    ['a scale to zero with a new image', { spec: { ...NEW.spec, replicas: 0 } }],
    ['a label of the user', { metadata: { labels: { tier: 'b' } } }],
    ['another strategy', { spec: { strategy: { type: 'Recreate', rollingUpdate: null } } }],
  ];

  const releasing: [string, object][] = [
    ...healthy,
    ['paused: false', { spec: { paused: false } }],
    ['no paused', { spec: { paused: null } }],
    ['a dropped mark', { metadata: { annotations: { [IN_PROGRESSING]: null } } }],
    ['another mark', { metadata: { annotations: { [IN_PROGRESSING]: '{"rolloutName":"other"}' } } }],
    [
      'everything dropped, and another template',
      { metadata: { labels: null, annotations: null }, spec: { ...image(NAME, V3).spec, paused: null } },
    ],
    ['Recreate and paused: false', { spec: { paused: false, strategy: { type: 'Recreate', rollingUpdate: null } } }],
    ['the old template', image(NAME, V1)],
  ];

  const rolling = (rollingUpdate: object): object => ({ spec: { strategy: { type: 'RollingUpdate', rollingUpdate } } });
  /** On the way of a Deployment that Sluice rolls by partition. */
  const partitioned: [string, object][] = [
    ...releasing,
    ['rolling parameters in pods', rolling({ maxSurge: 0, maxUnavailable: 2 })],
    ['rolling parameters in percent', rolling({ maxSurge: '30%', maxUnavailable: '0%' })],
    ['one rolling parameter, the other by default', rolling({ maxSurge: 3 })],
    ['no strategy', { spec: { strategy: null } }],
    [
      'another partition',
      { metadata: { annotations: { [STRATEGY]: '{"rollingStyle":"Partition","partition":"100%"}' } } },
    ],
    ['no partition', { metadata: { annotations: { [STRATEGY]: null } } }],
    ['a label of ours dropped', { metadata: { labels: { [CONTROLLED]: null } } }],
  ];
  let idle: string;
  let driven: string;
  let busy: string;
  let escaped: string;
  const setOf = new Map<string, KubeObject[]>();
  beforeAll(async () => {
    [idle, busy, escaped, driven] = [await space(), await space(), await space(), await space()];
    await Promise.all([idle, busy, escaped, driven].map((namespace) => enrolledIn(namespace)));
    await merge(busy, NEW);
    await merge(driven, DRIVEN, ...AS_BARE);
    await merge(escaped, { metadata: { labels: { 'sluice.dev/enrolled': 'false' } } });
    for (const namespace of [idle, busy, escaped, driven]) setOf.set(namespace, await listOf('replicasets', namespace));
  });

  const same = async (namespace: string, update: object): Promise<void> => {
    const old = await load(namespace);
    const sent = JSON.parse(await merge(namespace, update, '--dry-run=server', ...AS_BARE)) as KubeObject;
    const byPolicy = await dryRun(namespace, update);
    const related = { replicaSets: setOf.get(namespace) ?? [] };
    expect(comparable(byPolicy)).toEqual(comparable(byWebhook(old, sent, namespace, related)));
  };

  test.each(healthy)('healthy: %s', (_title, update) => same(idle, update));
  test.each(releasing)('a release under way: %s', (_title, update) => same(busy, update));
  test.each(partitioned)('a release by partition under way: %s', (_title, update) => same(driven, update));
  test.each(healthy)('the escape: %s', async (_title, update) => {
    const labels = (update as { metadata?: { labels?: object } }).metadata?.labels;
    // Taking the escape off again is a step of its own; together with other changes only the webhook can look for a Rollout.
    if (labels === null || (labels !== undefined && 'sluice.dev/enrolled' in labels)) {
      expect(isHeld(await dryRun(escaped, update))).toBe(false);
    } else await same(escaped, update);
  });
});

/** Enrolled as the controller leaves it; its template and name are those of the Deployment. */
async function statefulSetIn(namespace: string): Promise<void> {
  const { spec, metadata } = deployment({ namespace, replicas: 2, image: V1 });
  const labels = { ...metadata.labels, 'sluice.dev/enrolled': 'partition' };
  await kubectl.apply({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { ...metadata, labels, annotations: ENROLLED.annotations },
    spec: { ...spec, serviceName: NAME },
  });
  await until('rolled out', async () => {
    const [found] = await listOf('statefulsets', namespace);
    return at(found, 'status', 'readyReplicas') === 2 && at(found, 'status', 'currentReplicas') === 2;
  });
}

const mergeInto = (resource: Resource, namespace: string, body: object, ...flags: string[]): Promise<string> =>
  kubectl.do(['patch', resource.plural, NAME, '-n', namespace, '--type=merge', '-p', JSON.stringify(body), ...flags]);

/** SLUICE_UPDATES=500 compares as many for each state; SLUICE_SEED draws others. */
const UPDATES = Number(process.env['SLUICE_UPDATES'] ?? 60);
const SEED = Number(process.env['SLUICE_SEED'] ?? 1);

describe('policy and webhook make the same object of updates at random', () => {
  const AT_ONCE = 4;
  const PARTITION = { metadata: { labels: { 'sluice.dev/enrolled': 'partition' } } };
  let runs: DryRuns;
  beforeAll(async () => {
    runs = await DryRuns.connect(cluster.kubeconfig, BARE);
  });
  afterAll(() => runs.close());

  type Update = ReturnType<typeof updatesOf>[number];

  /** What says of itself that it is held, though no release was under way, the webhook takes for held by the policy. */
  const passesForHeld = (workload: Workload, old: KubeObject, sent: KubeObject): boolean =>
    !isUnderWay(workload, old) && isUnderWay(workload, sent);

  /** False for what cannot be compared. */
  async function agree(resource: Resource, namespace: string, update: Update, related: Related): Promise<boolean> {
    const old = await runs.present(resource, namespace);
    const style = old.metadata.labels?.['sluice.dev/enrolled'];
    const workload = WORKLOADS.find((one) => one.kind === resource.kind && one.style === style) as Workload;
    const sent = await runs.sent(resource, namespace, update);
    if (sent === undefined || passesForHeld(workload, old, sent)) return false;
    const byPolicy = await runs.decided(resource, namespace, update).catch((error: unknown) => {
      throw new Error(`refused: ${JSON.stringify(update)}`, { cause: error });
    });
    const wanted = byWebhook(old, sent, namespace, related);
    expect(comparable(byPolicy), JSON.stringify(update)).toEqual(comparable(wanted));
    return true;
  }

  async function agreeOnAll(resource: Resource, namespace: string): Promise<void> {
    const related = {
      replicaSets: await listOf('replicasets', namespace),
      revisions: await listOf('controllerrevisions', namespace),
    };
    const kind = resource === DEPLOYMENTS ? 'deployment' : 'statefulset';
    const waiting = updatesOf(kind, NAME, UPDATES, SEED);
    let compared = 0;
    const worker = async (): Promise<void> => {
      for (let update = waiting.pop(); update !== undefined; update = waiting.pop())
        if (await agree(resource, namespace, update, related)) compared += 1;
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    expect(compared).toBeGreaterThan(UPDATES * 0.8);
  }

  const states: [string, Resource, (namespace: string) => Promise<unknown>][] = [
    ['a Deployment, canary', DEPLOYMENTS, (namespace) => enrolledIn(namespace)],
    [
      'a Deployment, canary, during a release',
      DEPLOYMENTS,
      async (namespace) => {
        await enrolledIn(namespace);
        await merge(namespace, NEW);
      },
    ],
    [
      'a Deployment, partition',
      DEPLOYMENTS,
      async (namespace) => {
        await enrolledIn(namespace);
        await merge(namespace, PARTITION, ...AS_US);
      },
    ],
    [
      'a Deployment, partition, during a release',
      DEPLOYMENTS,
      async (namespace) => {
        await enrolledIn(namespace);
        await merge(namespace, DRIVEN, ...AS_BARE);
      },
    ],
    ['a StatefulSet', STATEFUL_SETS, statefulSetIn],
    [
      'a StatefulSet, held',
      STATEFUL_SETS,
      async (namespace) => {
        await statefulSetIn(namespace);
        await mergeInto(STATEFUL_SETS, namespace, NEW);
      },
    ],
    [
      'a StatefulSet, half released',
      STATEFUL_SETS,
      async (namespace) => {
        await statefulSetIn(namespace);
        await mergeInto(STATEFUL_SETS, namespace, NEW);
        const half = {
          metadata: { annotations: { 'batchrelease.rollouts.kruise.io/control-info': '{"name":"y"}' } },
          spec: { updateStrategy: { rollingUpdate: { partition: 1 } } },
        };
        await mergeInto(STATEFUL_SETS, namespace, half, ...AS_US);
      },
    ],
  ];

  test.each(states)('%s', { timeout: 60_000 + UPDATES * 1_000 }, async (_title, resource, prepare) => {
    const namespace = await space();
    await prepare(namespace);
    await agreeOnAll(resource, namespace);
  });
});

describe('what an idle write costs the API server', () => {
  /** How often a policy of ours was evaluated beyond its gate, by name; a validating one counts only where it answers, as all of ours do. */
  async function evaluations(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    const line = /^apiserver_(?:mutating|validating)_admission_policy_check_total\{.*\bpolicy="([^"]+)".*\} (\S+)$/;
    for (const text of (await kubectl.do(['get', '--raw', '/metrics'])).split('\n')) {
      const [, policy = '', count] = line.exec(text) ?? [];
      if (/\.(hold|guard|explain)\.sluice\.dev$/.test(policy)) counts[policy] = (counts[policy] ?? 0) + Number(count);
    }
    return counts;
  }

  async function evaluatedBy(writes: () => Promise<unknown>): Promise<Record<string, number>> {
    const before = await evaluations();
    await writes();
    const after = Object.entries(await evaluations());
    return Object.fromEntries(
      after.map(([policy, count]) => [policy, count - (before[policy] ?? 0)] as const).filter(([, count]) => count > 0),
    );
  }

  async function idleWrites(resource: Resource, namespace: string): Promise<void> {
    for (const seen of ['1', '2', '3'])
      await mergeInto(resource, namespace, { metadata: { annotations: { 'tool/seen': seen } } });
    await mergeInto(resource, namespace, { metadata: { labels: { team: 'a' } } });
    for (const replicas of [3, 2]) await mergeInto(resource, namespace, { spec: { replicas } });
    await kubectl.do(['scale', resource.plural, NAME, '--replicas=3', '-n', namespace]);
    await mergeInto(resource, namespace, { status: { observedGeneration: 1 } }, '--subresource=status');
  }

  const kinds: [string, Resource, string, (namespace: string) => Promise<unknown>][] = [
    ['a Deployment, canary', DEPLOYMENTS, 'deployments.apps.canary', (namespace) => enrolledIn(namespace)],
    [
      'a Deployment, partition',
      DEPLOYMENTS,
      'deployments.apps.partition',
      async (namespace) => {
        await enrolledIn(namespace);
        await merge(namespace, { metadata: { labels: { 'sluice.dev/enrolled': 'partition' } } }, ...AS_US);
      },
    ],
    ['a StatefulSet', STATEFUL_SETS, 'statefulsets.apps.partition', statefulSetIn],
  ];

  test.each(kinds)('%s: no policy is evaluated, before a release or during one', async (_title, resource, of, make) => {
    const namespace = await space();
    await make(namespace);
    expect(await evaluatedBy(() => idleWrites(resource, namespace))).toEqual({});
    expect(await evaluatedBy(() => mergeInto(resource, namespace, NEW))).toEqual({
      [`${of}.hold.sluice.dev`]: 1,
      [`${of}.explain.sluice.dev`]: 1,
    });
    expect(await evaluatedBy(() => idleWrites(resource, namespace))).toEqual({});
  });
});

describe('AW-12 conditions and policies on sparse objects', () => {
  /** Counters of failed evaluations; a validation that is false counts as invalid, which is an answer, and would refuse the update here. */
  async function failures(): Promise<string[]> {
    const lines = (await kubectl.do(['get', '--raw', '/metrics'])).split('\n');
    return lines.filter(
      (line) =>
        line.startsWith('apiserver_admission_match_condition_evaluation_errors_total{') ||
        (/^apiserver_(mutating|validating)_admission_policy_check_total\{/.test(line) &&
          // What the test cluster itself refuses its simulated kubelet.
          !line.includes('policy="kwok-guard.') &&
          !/error_type="(no_error|invalid_error)"/.test(line)),
    );
  }

  const objects: [string, Meta, object][] = [
    ['no labels and no annotations', {}, {}],
    ['empty maps', { labels: {}, annotations: {} }, {}],
    ['enrolled without annotation', { labels: { 'sluice.dev/enrolled': 'canary' } }, {}],
    ['an annotation without the label', { annotations: { 'sluice.dev/rollout': 'x' } }, {}],
    ['a mark of the wrong shape', { ...ENROLLED, annotations: { [IN_PROGRESSING]: '' } }, {}],
    ['an unknown style', { labels: { 'sluice.dev/enrolled': 'nonsense' } }, {}],
    ['no replicas', ENROLLED, { replicas: 0 }],
    ['Recreate', ENROLLED, { strategy: { type: 'Recreate' } }],
  ];
  const updates: object[] = [
    NEW,
    { metadata: { labels: null, annotations: null } },
    { metadata: { labels: null, annotations: null }, ...NEW },
    { spec: { replicas: null, paused: null, strategy: null } },
    { spec: { paused: true } },
    { metadata: { labels: { 'sluice.dev/enrolled': 'canary' }, annotations: { [IN_PROGRESSING]: 'x' } } },
    { metadata: { labels: { 'sluice.dev/enrolled': 'false' } } },
    { spec: { template: { metadata: { annotations: { a: 'b' } } } } },
  ];

  test.each(objects)('%s: every update is decided without an error', async (_title, meta, spec) => {
    const namespace = await space();
    const base = withMeta(deployment({ namespace, replicas: 1 }), meta);
    const bare = 'labels' in meta ? base : { ...base, metadata: { name: NAME, namespace, ...meta } };
    await kubectl.do(['create', '-f', '-'], JSON.stringify({ ...bare, spec: { ...base.spec, ...spec } }));
    for (const update of updates) await merge(namespace, update, '--dry-run=server');
    for (const update of updates) await merge(namespace, update);
    expect(await failures()).toEqual([]);
  });

  test('a condition without a guard would have been counted', async () => {
    const namespace = await space();
    await kubectl.apply(deployment({ namespace, replicas: 1 }));
    const [configuration] = webhookObjects({ ...options, nameSuffix: '.unguarded' }) as [KubeObject];
    const [hook] = configuration['webhooks'] as [object];
    const matchConditions = [{ name: 'unguarded', expression: "object.metadata.labels['missing'] == 'x'" }];
    const selectors = {
      objectSelector: {},
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    };
    await kubectl.apply({ ...configuration, webhooks: [{ ...hook, ...selectors, matchConditions }] });
    await until('it is counted', async () => {
      await merge(namespace, { metadata: { annotations: { a: String(Math.random()) } } });
      return (await failures()).some((line) => line.includes('webhook'));
    });
    await kubectl.do(['delete', 'mutatingwebhookconfigurations', configuration.metadata.name]);
  });
});

describe('AW-11 what reaches a webhook', () => {
  test('only what has something to decide: less than 5 in 100 writes of a life in the cluster', async () => {
    const namespace = await space();
    await enrolledIn(namespace, {}, { labels: { app: NAME } });
    const writes = Array.from({ length: 40 }, (_, index) => [
      { metadata: { annotations: { 'tool/seen': String(index) } } },
      { spec: { replicas: 2 + (index % 3) } },
    ]).flat();
    hooks.asked.length = 0;
    for (const write of writes) await merge(namespace, write);
    for (const replicas of [1, 2, 3])
      await kubectl.do(['scale', 'deployment', NAME, `--replicas=${replicas}`, '-n', namespace]);
    await merge(namespace, { status: { observedGeneration: 1 } }, '--subresource=status');
    const mine = () => hooks.asked.filter((asked) => asked.namespace === namespace);
    expect(mine()).toEqual([]);
    await merge(namespace, NEW);
    expect(mine()).toEqual([{ path: '/mutate-other', namespace, name: NAME, operation: 'UPDATE' }]);
    expect(mine().length / (writes.length + 5)).toBeLessThan(0.05);
  });

  test('an enrolled workload: its new template, and what touches the hold afterwards', async () => {
    const namespace = await space();
    await enrolledIn(namespace);
    hooks.asked.length = 0;
    const mine = (): string[] => hooks.asked.filter((asked) => asked.namespace === namespace).map(({ path }) => path);
    await merge(namespace, { metadata: { annotations: { 'tool/seen': '1' } } });
    expect(mine()).toEqual([]);
    await merge(namespace, NEW);
    expect(mine()).toEqual(['/mutate-enrolled']);
    await merge(namespace, { metadata: { annotations: { 'tool/seen': '2' } } });
    await merge(namespace, { spec: { paused: false } });
    expect(mine()).toHaveLength(1);
    await merge(namespace, image(NAME, V3));
    expect(mine()).toHaveLength(2);
  });

  test('AW-27 our own writes never do', async () => {
    const namespace = await space();
    await enrolledIn(namespace);
    hooks.asked.length = 0;
    await merge(namespace, { spec: { ...NEW.spec, paused: true } }, ...AS_US);
    await merge(namespace, { metadata: { labels: { 'sluice.dev/enrolled': null } } }, ...AS_US);
    expect(hooks.asked.filter((asked) => asked.namespace === namespace)).toEqual([]);
  });
});
