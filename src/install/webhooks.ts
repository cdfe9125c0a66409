// The webhook configurations, from the registry of admission judges: what each wants to be asked about, and by which path. Two
// judges of one webhook are asked in one review, so their rules and conditions are united here.

import type { Json, JsonObject, KubeObject } from '../api/kube.ts';
import { MUTATING_WEBHOOK_CONFIGURATION, VALIDATING_WEBHOOK_CONFIGURATION } from '../api/names.ts';
import { MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from '../api/resources.ts';
import { all, any, notBy, type MatchCondition } from '../core/admission/predicate-cel.ts';
import type { AskedReviews, Judge, Reviewed, Webhook } from '../core/admission/judge.ts';
import { equal } from '../lib/json.ts';
import {
  clusterName,
  namespaceSelectorOf,
  objectOf,
  OUR_LABELS,
  installedUserName,
  type InstallOptions,
} from './options.ts';

const TIMEOUT_SECONDS = 3;

function clientConfig({ endpoint, caBundle }: InstallOptions, path: string): JsonObject {
  const bundle: JsonObject = caBundle === undefined ? {} : { caBundle };
  if ('url' in endpoint) return { url: `${endpoint.url.replace(/\/+$/, '')}${path}`, ...bundle };
  return { service: { ...endpoint.service, path }, ...bundle };
}

const common = (options: InstallOptions, path: string): JsonObject => ({
  admissionReviewVersions: ['v1', 'v1beta1'],
  clientConfig: clientConfig(options, path),
  // An outage of ours never blocks a write: enrolled workloads are held by the policies, and others are not ours.
  failurePolicy: 'Ignore',
  matchPolicy: 'Equivalent',
  namespaceSelector: namespaceSelectorOf(options),
  timeoutSeconds: TIMEOUT_SECONDS,
});

interface WebhookRule {
  apiGroups: string[];
  apiVersions: string[];
  resources: string[];
  operations: string[];
  scope: 'Namespaced' | 'Cluster';
}

const ruleOf = ({ operations, resource, versions = [resource.version], subresource }: AskedReviews): WebhookRule => ({
  apiGroups: [resource.group],
  apiVersions: [...versions],
  resources: [subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`],
  operations: [...operations],
  scope: resource.namespaced ? 'Namespaced' : 'Cluster',
});

/** One rule for what differs by its operations alone. */
function rulesOf(sharing: readonly Webhook[]): WebhookRule[] {
  const rules: WebhookRule[] = [];
  for (const rule of sharing.flatMap(({ on }) => on.map(ruleOf))) {
    const known = rules.find((one) => equal({ ...one, operations: [] }, { ...rule, operations: [] }));
    if (known === undefined) rules.push(rule);
    else known.operations = [...new Set([...known.operations, ...rule.operations])];
  }
  return rules;
}

/** What all of them ask for, and then what any of them does. */
function conditionsOf(sharing: readonly Webhook[]): MatchCondition[] {
  const lists = sharing.map(({ conditions = [] }) => conditions);
  const has = (list: readonly MatchCondition[], wanted: MatchCondition): boolean =>
    list.some((one) => equal(one, wanted));
  const [first = []] = lists;
  const common = first.filter((one) => lists.every((list) => has(list, one)));
  const rests = lists.map((list) => list.filter((one) => !has(common, one)).map(({ expression }) => expression));
  if (rests.some((rest) => rest.length === 0)) return common;
  return [...common, { name: 'something-to-decide', expression: any(...rests.map((rest) => all(...rest))) }];
}

/** `sharing`: one webhook, as each of its judges describes it. */
function webhookOf(options: InstallOptions, sharing: readonly Webhook[]): JsonObject {
  const { name, path, phase, objects } = sharing[0] as Webhook;
  if (sharing.some((one) => one.path !== path || one.phase !== phase || !equal(one.objects, objects)))
    throw new TypeError(`two judges describe webhook ${name} differently`);
  return {
    name,
    ...common(options, path),
    // A hold is told in the status of its Rollout before it is answered.
    ...(phase === 'mutating'
      ? { sideEffects: 'NoneOnDryRun', reinvocationPolicy: 'IfNeeded' }
      : { sideEffects: 'None' }),
    ...(objects === undefined ? {} : { objectSelector: objects as unknown as Json }),
    rules: rulesOf(sharing) as unknown as Json,
    matchConditions: [notBy(installedUserName(options)), ...conditionsOf(sharing)] as unknown as Json,
  };
}

/** Both configurations, without anything that only the running process knows. */
export function webhookConfigurations(
  options: InstallOptions,
  judges: readonly Judge[],
  workloads: readonly Reviewed[],
): KubeObject[] {
  const described = judges.flatMap((judge) => judge.webhooks(workloads));
  const webhooksIn = (phase: Webhook['phase']): JsonObject[] =>
    [...Map.groupBy(described, ({ name }) => name).values()]
      .filter(([one]) => one?.phase === phase)
      .map((sharing) => webhookOf(options, sharing));
  const metadata = (name: string): KubeObject['metadata'] => ({
    name: clusterName(options, name),
    labels: { ...OUR_LABELS },
  });
  return [
    objectOf(MUTATING_WEBHOOKS, metadata(MUTATING_WEBHOOK_CONFIGURATION), { webhooks: webhooksIn('mutating') }),
    objectOf(VALIDATING_WEBHOOKS, metadata(VALIDATING_WEBHOOK_CONFIGURATION), { webhooks: webhooksIn('validating') }),
  ];
}
