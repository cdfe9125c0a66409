// The webhook configurations: for each kind of the registry one webhook for enrolled workloads (the full verdict on what the
// policy held) and one for all others (a Rollout and a new image that arrive together), and one for Rollouts. Conditions
// drop whatever has nothing to decide, so that nearly all traffic never reaches us.

import type { Json, JsonObject, KubeObject } from '../api/kube.ts';
import {
  ANNOTATION,
  GROUP,
  LABEL,
  MUTATING_WEBHOOK_CONFIGURATION,
  PATH,
  V1ALPHA1,
  V1BETA1,
  VALIDATING_WEBHOOK_CONFIGURATION,
  WEBHOOK,
} from '../api/names.ts';
import { MUTATING_WEBHOOKS, ROLLOUTS, VALIDATING_WEBHOOKS } from '../api/resources.ts';
import type { Holdable, Registered } from '../workloads/workload.ts';
import {
  all,
  any,
  commonConditions,
  isMarked,
  isUnderWay,
  marksLost,
  releaseAsked,
  type MatchCondition,
} from './cel.ts';
import { clusterName, namespaceSelectorOf, objectOf, OUR_LABELS, userNameOf, type InstallOptions } from './options.ts';

const TIMEOUT_SECONDS = 3;

/** What webhooks are generated from. */
type Reviewed = Registered & Holdable;

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
  sideEffects: 'None',
  timeoutSeconds: TIMEOUT_SECONDS,
});

/** Styles of one resource share a webhook: which one is meant is decided by the Rollout. */
function groupByResource(workloads: readonly Reviewed[]): Reviewed[][] {
  const groups = new Map<string, Reviewed[]>();
  for (const workload of workloads) {
    const key = `${workload.resource.plural}.${workload.resource.group}`;
    groups.set(key, [...(groups.get(key) ?? []), workload]);
  }
  return [...groups.values()];
}

const anyStyle = (styles: readonly Reviewed[], expression: (workload: Reviewed) => string): string =>
  any(...new Set(styles.map(expression)));

/** A release under way is judged only when something of the spec or of the marks changes. */
const underWayAndTouched = (styles: readonly Reviewed[]): string =>
  all(
    anyStyle(styles, ({ cel }) => isUnderWay(cel, 'oldObject')),
    any(
      'object.spec != oldObject.spec',
      marksLost([LABEL.stableRevision], [ANNOTATION.inProgressing]),
      isMarked('object') + ' != ' + isMarked('oldObject'),
    ),
  );

const MARKS_LOST = marksLost([LABEL.enrolled], [ANNOTATION.rollout]);

function workloadWebhook(
  options: InstallOptions,
  styles: readonly Reviewed[],
  part: { base: string; path: string; enrolled: boolean },
): JsonObject {
  const { resource } = styles[0] as Reviewed;
  const applies = anyStyle(styles, ({ cel }) => cel.applies);
  const decides = [all(applies, releaseAsked), underWayAndTouched(styles), ...(part.enrolled ? [MARKS_LOST] : [])];
  const conditions: MatchCondition[] = [
    ...commonConditions(userNameOf(options)),
    { name: 'something-to-decide', expression: any(...decides) },
  ];
  return {
    name: `${resource.plural}.${resource.group}.${part.base}`,
    ...common(options, part.path),
    reinvocationPolicy: 'IfNeeded',
    objectSelector: {
      matchExpressions: [{ key: LABEL.enrolled, operator: part.enrolled ? 'Exists' : 'DoesNotExist' }],
    },
    rules: [
      {
        apiGroups: [resource.group],
        apiVersions: [resource.version],
        resources: [resource.plural],
        operations: ['UPDATE'],
        scope: 'Namespaced',
      },
    ],
    matchConditions: conditions as unknown as Json,
  };
}

/** `mutating-webhook-configuration`, without anything that only the running process knows. */
export function mutatingWebhooks(options: InstallOptions, workloads: readonly Reviewed[]): KubeObject {
  const webhooks = groupByResource(workloads).flatMap((styles) => [
    workloadWebhook(options, styles, { base: WEBHOOK.enrolled, path: PATH.mutateEnrolled, enrolled: true }),
    workloadWebhook(options, styles, { base: WEBHOOK.other, path: PATH.mutateOther, enrolled: false }),
  ]);
  const name = clusterName(options, MUTATING_WEBHOOK_CONFIGURATION);
  return objectOf(MUTATING_WEBHOOKS, { name, labels: { ...OUR_LABELS } }, { webhooks });
}

export function validatingWebhooks(options: InstallOptions): KubeObject {
  const [notOurs] = commonConditions(userNameOf(options));
  const deleting = { name: 'not-deleting', expression: '!has(object.metadata.deletionTimestamp)' };
  const webhook: JsonObject = {
    name: WEBHOOK.rollout,
    ...common(options, PATH.validateRollout),
    rules: [
      {
        apiGroups: [GROUP],
        apiVersions: [V1ALPHA1, V1BETA1],
        resources: [ROLLOUTS.plural],
        operations: ['CREATE', 'UPDATE'],
        scope: 'Namespaced',
      },
    ],
    matchConditions: [notOurs, deleting] as unknown as Json,
  };
  const name = clusterName(options, VALIDATING_WEBHOOK_CONFIGURATION);
  return objectOf(VALIDATING_WEBHOOKS, { name, labels: { ...OUR_LABELS } }, { webhooks: [webhook] });
}
