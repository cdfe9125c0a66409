// Lint of what an installation puts into the cluster: who is called for what, what happens in an outage, and who may do what.

import { describe, expect, it } from 'vitest';
import { PATH } from '../../../src/api/names.ts';
import {
  accountObjects,
  DEFAULT_OPTIONS,
  installObjects,
  policyObjects,
  uninstallOrder,
  webhookObjects,
  type InstallOptions,
} from '../../../src/install/index.ts';
import type { Judge } from '../../../src/core/admission/judge.ts';
import type { PolicyRule } from '../../../src/install/rbac.ts';
import { PIPE_RIGHTS } from '../../../src/pipes/index.ts';
import { JUDGES } from '../../../src/core/admission/judges/index.ts';
import { holdJudge } from '../../../src/core/admission/judges/hold.ts';
import { rolloutJudge } from '../../../src/core/admission/judges/rollout-rules.ts';
import { webhookConfigurations } from '../../../src/install/webhooks.ts';
import { BUILT_IN, WORKLOADS } from '../../../src/workloads/index.ts';
import { PROVIDERS } from '../../../src/traffic/index.ts';

const options: InstallOptions = { ...DEFAULT_OPTIONS, endpoint: { url: 'https://127.0.0.1:9876/' } };

interface Rule {
  apiGroups: string[];
  apiVersions: string[];
  resources: string[];
  operations: string[];
  scope: string;
}
interface Webhook {
  name: string;
  rules: Rule[];
  clientConfig: { url?: string; service?: { path: string }; caBundle?: string };
  matchConditions: { name: string; expression: string }[];
  namespaceSelector: { matchExpressions: { key: string; operator: string; values: string[] }[] };
  [field: string]: unknown;
}
const webhooksOf = (given: InstallOptions = options): Webhook[] =>
  webhookObjects(given).flatMap((object) => object['webhooks'] as Webhook[]);
/** Of these judges alone, as they stand in the configurations. */
const webhooksFor = (judges: readonly Judge[], given: InstallOptions = options): Webhook[] => {
  const names = webhookConfigurations(given, judges, WORKLOADS).flatMap((object) =>
    (object['webhooks'] as Webhook[]).map(({ name }) => name),
  );
  return webhooksOf(given).filter(({ name }) => names.includes(name));
};
const workloadHooks = webhooksFor([holdJudge]);
/** They change nothing, so there is nothing that a dry run must leave out. */
const validating = JUDGES.flatMap((judge) => judge.webhooks(WORKLOADS)).filter(({ phase }) => phase === 'validating');

interface Policy {
  failurePolicy: string;
  reinvocationPolicy?: string;
  matchConstraints: {
    resourceRules: Rule[];
    namespaceSelector: Webhook['namespaceSelector'];
    [field: string]: unknown;
  };
  matchConditions: Webhook['matchConditions'];
  validations?: { expression: string }[];
  mutations?: { jsonPatch: { expression: string } }[];
}
const policiesOf = (kind: string): { name: string; spec: Policy }[] =>
  policyObjects(options)
    .filter((object) => object.kind === kind)
    .map((object) => ({ name: object.metadata.name, spec: object['spec'] as Policy }));
const allPolicies = [...policiesOf('MutatingAdmissionPolicy'), ...policiesOf('ValidatingAdmissionPolicy')];
const policyRules = allPolicies.flatMap(({ spec }) => spec.matchConstraints.resourceRules);
/** Of the hold, in webhooks and policies, and of the rules for Rollouts; other judges name what is theirs. */
const knownRules = [...webhooksFor([holdJudge, rolloutJudge]).flatMap(({ rules }) => rules), ...policyRules];
const allRules = [...webhooksOf().flatMap(({ rules }) => rules), ...policyRules];

const FORBIDDEN =
  /nodes|leases|certificatesigningrequests|tokenreviews|subjectaccessreviews|webhookconfigurations|policies/;

describe('AW-09 rules', () => {
  it('name exact resources, versions and operations, whoever judges: no wildcard', () => {
    for (const rule of allRules) {
      for (const value of [...rule.apiGroups, ...rule.apiVersions, ...rule.resources, ...rule.operations]) {
        expect(value).not.toContain('*');
      }
      expect(rule.resources.join()).not.toMatch(FORBIDDEN);
    }
  });

  it('name exact resources: no subresource', () => {
    expect(knownRules.length).toBeGreaterThan(4);
    for (const rule of knownRules) {
      for (const value of [...rule.apiGroups, ...rule.apiVersions, ...rule.resources, ...rule.operations]) {
        expect(value).not.toMatch(/[*/]/);
      }
      expect(rule.scope).toBe('Namespaced');
    }
  });

  it('take updates of workloads only, and creation and update of Rollouts', () => {
    for (const rule of knownRules) {
      const wanted = rule.resources.includes('rollouts') ? ['CREATE', 'UPDATE'] : ['UPDATE'];
      expect(rule.operations).toEqual(wanted);
    }
  });

  it('follow the registry: two webhooks for each kind and three policies for each style, nothing else', () => {
    const kinds = [...new Set(WORKLOADS.map(({ resource }) => `${resource.plural}.${resource.group}`))];
    expect(workloadHooks.map(({ name }) => name)).toEqual(
      kinds.flatMap((kind) => [`${kind}.enrolled.sluice.dev`, `${kind}.other.sluice.dev`]),
    );
    expect(allPolicies).toHaveLength(3 * WORKLOADS.length);
  });
});

describe('webhooks', () => {
  it.each(webhooksOf().map((webhook) => ({ name: webhook.name, webhook })))(
    'AW-08 AW-13 $name: an outage blocks nothing, older versions are seen, reviews of dry runs have no side effects',
    ({ webhook }) => {
      expect(webhook).toMatchObject({
        failurePolicy: 'Ignore',
        matchPolicy: 'Equivalent',
        sideEffects: validating.some(({ name }) => name === webhook.name) ? 'None' : 'NoneOnDryRun',
        timeoutSeconds: 3,
        admissionReviewVersions: ['v1', 'v1beta1'],
      });
    },
  );

  it('AW-10 leave our own namespace and kube-system alone, as policies do', () => {
    const selectors = [
      ...webhooksOf().map(({ namespaceSelector }) => namespaceSelector),
      ...allPolicies.map(({ spec }) => spec.matchConstraints.namespaceSelector),
    ];
    for (const { matchExpressions } of selectors) {
      expect(matchExpressions).toContainEqual({
        key: 'kubernetes.io/metadata.name',
        operator: 'NotIn',
        values: ['kube-system', 'kruise-rollout'],
      });
    }
  });

  it('are asked again after others have changed the object', () => {
    for (const webhook of workloadHooks) expect(webhook['reinvocationPolicy']).toBe('IfNeeded');
  });

  it('split by the enrolled label, never by workload-type', () => {
    const two = [
      { matchExpressions: [{ key: 'sluice.dev/enrolled', operator: 'Exists' }] },
      { matchExpressions: [{ key: 'sluice.dev/enrolled', operator: 'DoesNotExist' }] },
    ];
    expect(workloadHooks.map((webhook) => webhook['objectSelector'])).toEqual(BUILT_IN.resources.flatMap(() => two));
    expect(JSON.stringify(installObjects(options, PIPE_RIGHTS))).not.toContain('workload-type"');
  });

  it('are reached by URL or by Service, with the same paths', () => {
    const paths = [...BUILT_IN.resources.flatMap(() => [PATH.mutateEnrolled, PATH.mutateOther]), PATH.validateRollout];
    const known = (given: InstallOptions = options): Webhook[] => webhooksFor([holdJudge, rolloutJudge], given);
    expect(known().map(({ clientConfig }) => clientConfig.url)).toEqual(
      paths.map((path) => `https://127.0.0.1:9876${path}`),
    );
    const service = { name: 'svc', namespace: 'kruise-rollout', port: 443 };
    const inside = known({ ...options, endpoint: { service }, caBundle: 'Q0E=' });
    expect(inside.map(({ clientConfig }) => clientConfig)).toEqual(
      paths.map((path) => ({ service: { ...service, path }, caBundle: 'Q0E=' })),
    );
    expect(known().map(({ clientConfig }) => clientConfig.caBundle)).toEqual(paths.map(() => undefined));
  });
});

it('a lost enrolment is put back with no parent of a field that only a hold sets', () => {
  for (const { name, spec } of policiesOf('MutatingAdmissionPolicy')) {
    const [kept = '', held = '', restored = ''] = (spec.mutations?.[0]?.jsonPatch.expression ?? '').split('\n: ');
    expect(kept, name).toMatch(/^variables\.underWay \? /);
    expect(held, name).toMatch(/^variables\.begins \? /);
    expect(restored, name).toContain('/metadata/labels/sluice.dev~1enrolled');
    expect(restored, name).not.toContain('/spec');
  }
});

describe('AW-11 AW-12 conditions', () => {
  const lists = [
    ...webhooksOf(),
    ...allPolicies.map(({ name, spec }) => ({ name, matchConditions: spec.matchConditions })),
  ];

  const isGuard = (name: string): boolean => name.includes('.guard.');

  it.each(lists.filter(({ name }) => !isGuard(name)))('$name: our own writes never reach it', ({ matchConditions }) => {
    expect(matchConditions[0]?.expression).toBe(
      "request.userInfo.username != 'system:serviceaccount:kruise-rollout:kruise-rollout-controller-manager'",
    );
  });

  it.each(lists.filter(({ name }) => isGuard(name)))(
    '$name: of our own writes, one that changes a template on its way reaches it',
    ({ matchConditions }) => {
      const [undone = '', slipped = ''] = (matchConditions.at(-1)?.expression ?? '').split(
        /\n\|\| \(+object\.metadata\.\?generation/,
      );
      expect(undone).toMatch(/^\(request\.userInfo\.username != /);
      expect(slipped).toMatch(/^ != oldObject\.metadata\.\?generation/);
    },
  );

  it.each(lists)('$name: at most 64, of distinct names', ({ matchConditions }) => {
    expect(matchConditions.length).toBeLessThanOrEqual(64);
    expect(new Set(matchConditions.map(({ name }) => name)).size).toBe(matchConditions.length);
  });

  it('read no optional field without a guard', () => {
    const text = JSON.stringify(lists.map(({ matchConditions }) => matchConditions));
    const reads = text.match(/(?:object|oldObject)\.(?:metadata\.(?:labels|annotations)|spec\.template\.metadata)\b/g);
    expect(reads).toBeNull();
  });
});

describe('policies', () => {
  it('hold and keep whether or not anything of ours runs, and are not asked again after a webhook', () => {
    for (const { spec } of policiesOf('MutatingAdmissionPolicy')) {
      expect(spec).toMatchObject({ failurePolicy: 'Fail', reinvocationPolicy: 'Never' });
    }
  });

  it('select by the style they hold', () => {
    for (const { name, spec } of allPolicies) {
      const style = name.split('.')[2];
      expect(spec.matchConstraints['objectSelector']).toEqual({
        matchExpressions: [{ key: 'sluice.dev/enrolled', operator: 'In', values: [style] }],
      });
    }
  });

  it('AW-05 the guard denies and the explanation only warns', () => {
    const bindings = policyObjects(options).filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
    expect(
      bindings.map(({ metadata, spec }) => [
        metadata.name,
        (spec as { validationActions: string[] }).validationActions,
      ]),
    ).toEqual(
      WORKLOADS.flatMap(({ resource, style }) => [
        [`${resource.plural}.${resource.group}.${style}.guard.sluice.dev`, ['Deny']],
        [`${resource.plural}.${resource.group}.${style}.explain.sluice.dev`, ['Warn']],
      ]),
    );
  });

  it('come last, are left out on request, and go first', () => {
    const kinds = installObjects(options, PIPE_RIGHTS).map(({ kind }) => kind ?? '');
    const firstPolicy = kinds.findIndex((kind) => kind.includes('AdmissionPolicy'));
    expect(kinds.slice(firstPolicy).every((kind) => kind.includes('AdmissionPolicy'))).toBe(true);
    expect(installObjects({ ...options, policies: false }, PIPE_RIGHTS).map(({ kind }) => kind)).toEqual(
      kinds.slice(0, firstPolicy),
    );
    expect(uninstallOrder(options)[0]?.kind).toMatch(/PolicyBinding$/);
    expect(uninstallOrder(options).at(-1)?.kind).toBe('MutatingWebhookConfiguration');
  });

  it('can stand beside those of another installation', () => {
    const names = (given: InstallOptions): string[] =>
      [...policyObjects(given), ...webhookObjects(given)].map(({ metadata }) => metadata.name);
    expect(names({ ...options, nameSuffix: '.try' })).toEqual(names(options).map((name) => `${name}.try`));
  });
});

describe('rights', () => {
  const roles = accountObjects(options, PIPE_RIGHTS).filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
  const rules = roles.flatMap((role) =>
    ((role['rules'] ?? []) as PolicyRule[]).map((rule) => ({ kind: role.kind, ...rule })),
  );
  const may = (group: string, resource: string, verb: string): boolean =>
    rules.some(
      (rule) =>
        rule.apiGroups.includes(group) && rule.resources.includes(resource) && rule.verbs.some((one) => one === verb),
    );

  it('have no wildcard, no escalation and no secrets outside our namespace', () => {
    for (const rule of rules) {
      expect([...rule.apiGroups, ...rule.resources, ...rule.verbs].join()).not.toContain('*');
      expect(rule.verbs.join()).not.toMatch(/bind|escalate|impersonate|deletecollection/);
      if (rule.resources.includes('secrets')) expect(rule.kind).toBe('Role');
    }
  });

  it('AW-28 write webhook configurations by name only', () => {
    const writes = rules.filter(
      ({ resources, verbs }) => resources.some((one) => one.endsWith('webhookconfigurations')) && verbs.length > 0,
    );
    expect(writes).toHaveLength(2);
    for (const rule of writes) {
      expect(rule.resourceNames).toHaveLength(1);
      expect(rule.verbs).not.toContain('create');
      expect(rule.verbs).not.toContain('delete');
    }
  });

  it('AW-28 change policies and CRDs by name only', () => {
    for (const rule of rules.filter(({ resources }) =>
      /policies|policybindings|customresource/.test(resources.join()),
    )) {
      if (rule.verbs.includes('patch')) expect(rule.resourceNames?.length).toBeGreaterThan(0);
    }
  });

  it('AW-28 delete no policy but those of earlier versions, by name', () => {
    const deletes = rules.filter(
      ({ resources, verbs }) => /policies|policybindings/.test(resources.join()) && verbs.includes('delete'),
    );
    expect(deletes.map(({ resources }) => resources)).toEqual([
      ['mutatingadmissionpolicies'],
      ['mutatingadmissionpolicybindings'],
    ]);
    const present = allPolicies.map(({ name }) => name);
    for (const { resourceNames = [] } of deletes) {
      expect(resourceNames).toContain('statefulset-like.partition.keep.sluice.dev');
      expect(resourceNames.filter((name) => present.includes(name))).toEqual([]);
    }
  });

  it('cover what every kind and provider of the registries needs, and our own kinds', () => {
    for (const { needs } of WORKLOADS) {
      for (const { group, resource, verbs } of needs)
        for (const verb of verbs) expect(may(group, resource, verb)).toBe(true);
    }
    for (const { resources, makes } of PROVIDERS) {
      for (const one of resources) {
        expect(may(one.group, one.plural, 'patch')).toBe(true);
        expect(may(one.group, one.plural, 'create')).toBe(makes.includes(one));
      }
    }
    expect(may('rollouts.kruise.io', 'rollouts/status', 'patch')).toBe(true);
    expect(may('rollouts.kruise.io', 'batchreleases', 'create')).toBe(true);
    expect(may('rollouts.kruise.io', 'rollouts', 'delete')).toBe(false);
  });

  it('belong to our account', () => {
    const bindings = accountObjects(options, PIPE_RIGHTS).filter(({ kind }) => kind?.endsWith('RoleBinding'));
    expect(bindings).toHaveLength(3);
    for (const binding of bindings) {
      expect(binding['subjects']).toEqual([
        { kind: 'ServiceAccount', name: 'kruise-rollout-controller-manager', namespace: 'kruise-rollout' },
      ]);
    }
  });
});
