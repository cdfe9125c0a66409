// The hold inside the API server, with no process of ours alive: one set of admission policies for each workload kind and
// style of the registry, and one for all kinds that are learned at run time. `hold` holds an update that asks for a release and
// keeps what a release under way needs, `guard` refuses an update whose hold a later admission step undid, `explain` only warns.
// Each has a gate that is false for nearly all writes, because the API server pays for whatever it evaluates beyond it.

import type { Json, JsonObject, KubeObject, Resource } from '../api/kube.ts';
import { ANNOTATION, ESCAPE, LABEL, POLICY, RETIRED_POLICY } from '../api/names.ts';
import {
  MUTATING_POLICIES,
  MUTATING_POLICY_BINDINGS,
  VALIDATING_POLICIES,
  VALIDATING_POLICY_BINDINGS,
} from '../api/resources.ts';
import type { Holdable, Registered } from '../workloads/workload.ts';
import { LEARNED_POLICY } from '../workloads/statefulset-like.ts';
import {
  all,
  annotation,
  any,
  escapedCel,
  label,
  markedCel,
  NOT_DELETING,
  NOT_ESCAPED,
  not,
  notBy,
  quote,
  releaseAskedCel,
  templateReleaseCel,
  underWayCel,
  type MatchCondition,
} from '../core/admission/predicate-cel.ts';
import { holdGate, holdPatch, holdVariables, HOLDING_ROLLOUT } from './hold-policy.ts';
import { commonConditions } from './patch-cel.ts';
import {
  clusterName,
  namespaceSelectorOf,
  objectOf,
  OUR_LABELS,
  installedUserName,
  type InstallOptions,
} from './options.ts';

/** Kinds that share a policy: they are held by the same fields, in the same style. */
interface Held {
  /** Stands for all of them. */
  workload: Registered & Holdable;
  resources: Resource[];
}

const policyName = (options: InstallOptions, policy: string, base: string): string =>
  clusterName(options, `${policy}.${base}`);

/** Names of the policies of these bases: for the kinds given, and for those that may be learned. */
export const policyNames = (
  options: InstallOptions,
  workloads: readonly Registered[],
  ...bases: readonly string[]
): string[] =>
  [...new Set([...workloads.map(({ policy }) => policy), LEARNED_POLICY])].flatMap((policy) =>
    bases.map((base) => policyName(options, policy, base)),
  );

function constraints(options: InstallOptions, { workload: { style }, resources }: Held): JsonObject {
  return {
    matchPolicy: 'Equivalent',
    namespaceSelector: namespaceSelectorOf(options),
    // Matches when the old or the new object does: dropping the label hides nothing.
    objectSelector: { matchExpressions: [{ key: LABEL.enrolled, operator: 'In', values: [style] }] },
    resourceRules: resources.map(({ group, version, plural }) => ({
      apiGroups: [group],
      apiVersions: [version],
      resources: [plural],
      operations: ['UPDATE'],
      scope: 'Namespaced',
    })),
  };
}

const bindingOf = (resource: typeof MUTATING_POLICY_BINDINGS, policy: KubeObject, extra: JsonObject = {}): KubeObject =>
  objectOf(
    resource,
    { name: policy.metadata.name, labels: { ...OUR_LABELS } },
    { spec: { policyName: policy.metadata.name, ...extra } },
  );

function holdPolicy(options: InstallOptions, held: Held): KubeObject[] {
  const { workload } = held;
  const conditions = [
    ...commonConditions(installedUserName(options)),
    { name: 'something-to-decide', expression: holdGate(workload) },
  ];
  const policy = objectOf(
    MUTATING_POLICIES,
    { name: policyName(options, workload.policy, POLICY.hold), labels: { ...OUR_LABELS } },
    {
      spec: {
        failurePolicy: 'Fail',
        reinvocationPolicy: 'Never',
        matchConstraints: constraints(options, held),
        matchConditions: conditions as unknown as Json,
        variables: holdVariables(workload) as unknown as Json,
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: holdPatch(workload) } }],
      },
    },
  );
  return [policy, bindingOf(MUTATING_POLICY_BINDINGS, policy)];
}

interface Answer {
  base: string;
  failurePolicy: string;
  action: string;
  /** What passes all of them is answered. */
  conditions: MatchCondition[];
  reason?: string;
  messageExpression: string;
  message: string;
}

/** The gate says all; an expression that has something to find out would be evaluated for what nobody is told about. */
function validating(options: InstallOptions, held: Held, answer: Answer): KubeObject[] {
  const { base, failurePolicy, action, conditions, ...told } = answer;
  const policy = objectOf(
    VALIDATING_POLICIES,
    { name: policyName(options, held.workload.policy, base), labels: { ...OUR_LABELS } },
    {
      spec: {
        failurePolicy,
        matchConstraints: constraints(options, held),
        matchConditions: conditions as unknown as Json,
        variables: [HOLDING_ROLLOUT] as unknown as Json,
        validations: [{ expression: 'false', ...told }],
      },
    },
  );
  return [policy, bindingOf(VALIDATING_POLICY_BINDINGS, policy, { validationActions: [action] })];
}

const HOLDER = "(variables.rollout == '' ? 'its Rollout' : 'Rollout ' + variables.rollout)";
const WAY_OUT = `or take the workload out of Sluice: label ${LABEL.enrolled}=${ESCAPE}`;

function undoneCel({ cel }: Holdable): string {
  const underWay = underWayCel(cel, 'oldObject');
  const ended = all(not(cel.isHeld('object')), any(underWay, releaseAskedCel));
  if (cel.loosened === undefined) return ended;
  const { atFirst, later } = cel.loosened;
  return any(ended, all(underWay, later), all(not(underWay), atFirst, releaseAskedCel));
}

/**
 * A template that nothing has held goes out at once. What comes after the hold, an admission webhook of somebody else, can have changed it in
 * a write that asked for nothing, one of ours too: then no webhook of ours is asked. Whom we let go is not ours any more.
 */
function slippedCel({ cel }: Holdable, userName: string): string {
  const isLess = cel.loosened === undefined ? not(cel.isHeld('object')) : cel.loosened.atFirst;
  const isEnrolled = any(notBy(userName).expression, `${label('object', LABEL.enrolled)} != ''`);
  // What the webhook has let pass, a rollback during the promotion for one, bears the generation that it saw.
  const isLetPass = `${annotation('object', ANNOTATION.letPass)} == string(oldObject.metadata.?generation.orValue(0))`;
  return all(templateReleaseCel, cel.applies, isLess, isEnrolled, not(isLetPass));
}

function guardPolicy(options: InstallOptions, held: Held): KubeObject[] {
  const { workload } = held;
  const { cel } = workload;
  const userName = installedUserName(options);
  const isUndone = all(notBy(userName).expression, markedCel('object'), cel.applies, undoneCel(workload));
  const undoneText = `${HOLDER} + ' holds this update, but ${cel.text} was undone on its way here. Remove the admission webhook or tool that undoes it, ${WAY_OUT}'`;
  const slippedText = `'this update would put a new pod template out to all pods at once: an admission webhook or policy that comes after Sluice changed the template, or took away the hold of ' + ${HOLDER} + '. Send that change yourself, so that it is released in steps, exempt this workload from what makes it, ${WAY_OUT}'`;
  return validating(options, held, {
    base: POLICY.guard,
    failurePolicy: 'Fail',
    action: 'Deny',
    conditions: [
      NOT_DELETING,
      NOT_ESCAPED,
      { name: 'hold-undone', expression: any(isUndone, slippedCel(workload, userName)) },
    ],
    reason: 'Forbidden',
    messageExpression: `(${isUndone}) ? ${undoneText} : ${slippedText}`,
    message: `a new pod template would go out unheld (${cel.text})`,
  });
}

/** Only where an update changed who holds what; a webhook explains workloads that it enrols itself. */
function explainPolicy(options: InstallOptions, held: Held): KubeObject[] {
  const { cel, style } = held.workload;
  const enrolledBefore = `${label('oldObject', LABEL.enrolled)} == ${quote(style)}`;
  const escaped = escapedCel('object');
  const isHeld = all(underWayCel(cel, 'object'), enrolledBefore, not(escaped), releaseAskedCel);
  const escapes = all(escaped, not(escapedCel('oldObject')));
  const heldText = `'held by ' + ${HOLDER} + ', which releases it in steps; to update without Sluice: label ${LABEL.enrolled}=${ESCAPE}'`;
  const escapesText = `'${LABEL.enrolled}=${ESCAPE}: Sluice leaves this workload alone; what was held stays as it is until you change it'`;
  return validating(options, held, {
    base: POLICY.explain,
    failurePolicy: 'Ignore',
    action: 'Warn',
    conditions: [notBy(installedUserName(options)), { name: 'something-to-explain', expression: any(escapes, isHeld) }],
    messageExpression: `${escaped} ? ${escapesText} : ${heldText}`,
    message: 'held by its Rollout, which releases it in steps',
  });
}

/** Policies of one kind and style, each followed by its binding. */
const policiesOf = (options: InstallOptions, held: Held): KubeObject[] => [
  ...guardPolicy(options, held),
  ...explainPolicy(options, held),
  ...holdPolicy(options, held),
];

export const policies = (options: InstallOptions, workloads: readonly Held['workload'][]): KubeObject[] =>
  [...Map.groupBy(workloads, ({ policy }) => policy).values()].flatMap((group) =>
    policiesOf(options, { workload: group[0] as Held['workload'], resources: group.map(({ resource }) => resource) }),
  );

/** What earlier versions installed and this one does not, each binding before its policy. */
export const retiredPolicies = (
  options: InstallOptions,
  workloads: readonly Registered[],
): { resource: Resource; name: string }[] =>
  policyNames(options, workloads, ...Object.values(RETIRED_POLICY)).flatMap((name) =>
    [MUTATING_POLICY_BINDINGS, MUTATING_POLICIES].map((resource) => ({ resource, name })),
  );
