// Configurations and rights of judges that are not in the registry.

import { describe, expect, test } from 'vitest';
import { DEPLOYMENTS, NAMESPACES, PODS } from '../../../src/api/resources.ts';
import { all, any, NOT_DELETING, NOT_ESCAPED } from '../../../src/core/admission/predicate-cel.ts';
import { ownWebhook, type Judge, type Webhook } from '../../../src/core/admission/judge.ts';
import { holdJudge } from '../../../src/core/admission/judges/hold.ts';
import { rolloutJudge } from '../../../src/core/admission/judges/rollout-rules.ts';
import { JUDGES } from '../../../src/core/admission/judges/index.ts';
import { allow } from '../../../src/core/admission/verdicts.ts';
import { workloadWebhooks } from '../../../src/core/admission/workload-webhooks.ts';
import { DEFAULT_OPTIONS, webhookObjects, type InstallOptions } from '../../../src/install/index.ts';
import { rbac, type PolicyRule } from '../../../src/install/rbac.ts';
import { webhookConfigurations } from '../../../src/install/webhooks.ts';
import { WORKLOADS } from '../../../src/workloads/index.ts';

const options: InstallOptions = { ...DEFAULT_OPTIONS, endpoint: { url: 'https://127.0.0.1:9876/' } };
const KNOWN: readonly Judge[] = [holdJudge, rolloutJudge];
const OURS = 'system:serviceaccount:kruise-rollout:kruise-rollout-controller-manager';
const NOT_OURS = { name: 'not-sluice-itself', expression: `request.userInfo.username != '${OURS}'` };

interface Listed {
  name: string;
  clientConfig: { url: string };
  rules: unknown[];
  matchConditions: { name: string; expression: string }[];
  [field: string]: unknown;
}
const listed = (judges: readonly Judge[]): Listed[][] =>
  webhookConfigurations(options, judges, WORKLOADS).map((object) => object['webhooks'] as unknown as Listed[]);

const judgeOf = (id: string, webhooks: Judge['webhooks'], needs: Judge['needs'] = []): Judge => ({
  id,
  webhooks,
  needs,
  judge: () => allow(id),
});
const MARKED = { name: 'marked', expression: "'mark' in object.metadata.?annotations.orValue({})" };

test('the registry alone makes what an installation has', () => {
  expect(webhookConfigurations(options, JUDGES, WORKLOADS)).toEqual(webhookObjects(options));
});

describe('a judge with a webhook of its own', () => {
  const pods = ownWebhook('pods', 'validating', [{ operations: ['CREATE', 'DELETE'], resource: PODS }], [MARKED]);
  const [mutating, validating] = listed([...KNOWN, judgeOf('pods', () => [pods])]) as [Listed[], Listed[]];

  test('is called at its own path for exactly what it asks for', () => {
    expect(validating.map(({ name }) => name)).toEqual(['vrollout.kb.io', 'pods.sluice.dev']);
    expect(validating[1]).toMatchObject({
      clientConfig: { url: 'https://127.0.0.1:9876/judge-pods' },
      failurePolicy: 'Ignore',
      matchPolicy: 'Equivalent',
      sideEffects: 'None',
      timeoutSeconds: 3,
      rules: [
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          resources: ['pods'],
          operations: ['CREATE', 'DELETE'],
          scope: 'Namespaced',
        },
      ],
    });
    expect(validating[1]).not.toHaveProperty('objectSelector');
    expect(validating[1]).not.toHaveProperty('reinvocationPolicy');
  });

  test('is spared our own writes and what its conditions drop, and nothing else: a deleted object is null', () => {
    expect(validating[1]?.matchConditions).toEqual([NOT_OURS, MARKED]);
  });

  test('changes nothing about the others', () => {
    expect([mutating, validating.slice(0, 1)]).toEqual(listed(KNOWN));
  });

  test('that changes objects is asked again after others have', () => {
    const changing = ownWebhook('lanes', 'mutating', [{ operations: ['CREATE'], resource: PODS }]);
    const [found = []] = listed([judgeOf('lanes', () => [changing])]);
    expect(found).toMatchObject([{ name: 'lanes.sluice.dev', reinvocationPolicy: 'IfNeeded' }]);
  });

  test.each([
    ['a status', { operations: ['UPDATE'], resource: DEPLOYMENTS, subresource: 'status' }, 'deployments/status'],
    ['an eviction', { operations: ['CREATE'], resource: PODS, subresource: 'eviction' }, 'pods/eviction'],
    ['what is outside namespaces', { operations: ['DELETE'], resource: NAMESPACES }, 'namespaces'],
  ] as const)('can be asked about %s', (_, on, resource) => {
    const [, found = []] = listed([judgeOf('one', () => [ownWebhook('one', 'validating', [on])])]);
    const scope = resource === 'namespaces' ? 'Cluster' : 'Namespaced';
    expect(found[0]?.rules).toMatchObject([{ resources: [resource], operations: on.operations, scope }]);
  });
});

describe('judges of one webhook', () => {
  const frozen = { name: 'frozen', expression: 'object.spec.replicas > 3' };
  const sharing = (...conditions: Webhook['conditions'] & object): Judge =>
    judgeOf('freeze', (workloads) => workloadWebhooks(workloads, () => conditions));

  test('are one webhook, called for what any of them decides', () => {
    const [found = []] = listed([holdJudge, sharing(NOT_DELETING, frozen)]);
    const [alone = []] = listed([holdJudge]);
    expect(found.map(({ name }) => name)).toEqual(alone.map(({ name }) => name));
    for (const [index, webhook] of found.entries()) {
      const [, , , decides] = alone[index]?.matchConditions ?? [];
      expect(webhook).toMatchObject({ rules: alone[index]?.rules, objectSelector: alone[index]?.['objectSelector'] });
      expect(webhook.matchConditions).toEqual([
        NOT_OURS,
        NOT_DELETING,
        {
          name: 'something-to-decide',
          expression: any(all(NOT_ESCAPED.expression, decides?.expression ?? ''), frozen.expression),
        },
      ]);
    }
  });

  test('of whom one wants everything get everything', () => {
    for (const { matchConditions } of listed([holdJudge, sharing()])[0] ?? [])
      expect(matchConditions).toEqual([NOT_OURS]);
  });

  test('have their rules united', () => {
    const at = (...on: Webhook['on'][number][]): Judge =>
      judgeOf('any', () => [{ ...ownWebhook('shared', 'validating', on), name: 'shared.sluice.dev' }]);
    const [, found = []] = listed([
      at({ operations: ['CREATE'], resource: PODS }),
      at({ operations: ['CREATE', 'DELETE'], resource: PODS }, { operations: ['UPDATE'], resource: DEPLOYMENTS }),
    ]);
    expect(found).toHaveLength(1);
    expect(found[0]?.rules).toMatchObject([
      { resources: ['pods'], operations: ['CREATE', 'DELETE'] },
      { resources: ['deployments'], operations: ['UPDATE'] },
    ]);
  });

  test('that describe it differently are a mistake that is told', () => {
    const other = judgeOf('other', () => [{ ...ownWebhook('one', 'validating', []), path: '/elsewhere' }]);
    const one = judgeOf('one', () => [ownWebhook('one', 'validating', [])]);
    expect(() => listed([one, other])).toThrow('one.sluice.dev');
  });
});

test('what a judge needs is a right of our account', () => {
  const needs = [{ group: 'policy', resource: 'poddisruptionbudgets', verbs: ['list', 'watch'] as const }];
  const rightsOf = (judges: readonly Judge[]): PolicyRule[] =>
    (rbac(options, { workloads: WORKLOADS, providers: [], judges, controllers: [] })[0]?.['rules'] ??
      []) as unknown as PolicyRule[];
  const added = { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: ['list', 'watch'] };
  expect(rightsOf(KNOWN)).not.toContainEqual(added);
  expect(rightsOf([...KNOWN, judgeOf('budgets', () => [], needs)])).toContainEqual(added);
});
