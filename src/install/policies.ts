// The hold inside the API server, with no process of ours alive: one set of admission policies for each workload kind and
// style of the registry, and one for all kinds that are learned at run time. `hold` holds an update that asks for a release, `keep` keeps what a release under way needs, `guard`
// refuses an update whose hold a later admission step undid, `explain` only warns.

import type { Json, JsonObject, KubeObject, Resource } from '../api/kube.ts';
import { ANNOTATION, ESCAPE, LABEL, POLICY } from '../api/names.ts';
import {
  MUTATING_POLICIES,
  MUTATING_POLICY_BINDINGS,
  VALIDATING_POLICIES,
  VALIDATING_POLICY_BINDINGS,
} from '../api/resources.ts';
import type { CelEdit, Holdable, Registered } from '../workloads/workload.ts';
import {
  all,
  annotation,
  any,
  escapedCel,
  markedCel,
  underWayCel,
  label,
  marksLostCel,
  not,
  quote,
  releaseAskedCel,
  type MatchCondition,
} from '../core/admission/predicate-cel.ts';
import { commonConditions, jsonPatchExpression } from './patch-cel.ts';
import {
  clusterName,
  namespaceSelectorOf,
  objectOf,
  OUR_LABELS,
  installedUserName,
  type InstallOptions,
} from './options.ts';

const labelPath = (key: string): string[] => ['metadata', 'labels', key];
const annotationPath = (key: string): string[] => ['metadata', 'annotations', key];

const ROLLOUT = `${annotation('oldObject', ANNOTATION.rollout)} != '' ? ${annotation('oldObject', ANNOTATION.rollout)} : ${annotation('object', ANNOTATION.rollout)}`;

const VARIABLES = [
  { name: 'rollout', expression: ROLLOUT },
  {
    name: 'mark',
    expression: `variables.rollout == '' ? 'true' : '{"rolloutName":"' + variables.rollout + '"}'`,
  },
];

/** Kinds that share a policy: they are held by the same fields, in the same style. */
interface Held {
  /** Stands for all of them. */
  workload: Registered & Holdable;
  resources: Resource[];
}

export const policyName = (options: InstallOptions, policy: string, base: string): string =>
  clusterName(options, `${policy}.${base}`);

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

const conditionsOf = (options: InstallOptions, own: MatchCondition[]): Json =>
  [...commonConditions(installedUserName(options)), ...own] as unknown as Json;

const bindingOf = (resource: typeof MUTATING_POLICY_BINDINGS, policy: KubeObject, extra: JsonObject = {}): KubeObject =>
  objectOf(
    resource,
    { name: policy.metadata.name, labels: { ...OUR_LABELS } },
    { spec: { policyName: policy.metadata.name, ...extra } },
  );

function mutating(
  options: InstallOptions,
  held: Held,
  part: { base: string; conditions: MatchCondition[]; edits: readonly CelEdit[] },
): KubeObject[] {
  const policy = objectOf(
    MUTATING_POLICIES,
    { name: policyName(options, held.workload.policy, part.base), labels: { ...OUR_LABELS } },
    {
      spec: {
        failurePolicy: 'Fail',
        reinvocationPolicy: 'Never',
        matchConstraints: constraints(options, held),
        matchConditions: conditionsOf(options, part.conditions),
        variables: VARIABLES,
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: jsonPatchExpression(part.edits) } }],
      },
    },
  );
  return [policy, bindingOf(MUTATING_POLICY_BINDINGS, policy)];
}

function holdPolicy(options: InstallOptions, held: Held): KubeObject[] {
  const { cel, style } = held.workload;
  return mutating(options, held, {
    base: POLICY.hold,
    conditions: [
      { name: 'something-to-hold', expression: cel.applies },
      { name: 'no-release-under-way', expression: not(underWayCel(cel, 'oldObject')) },
      { name: 'asks-for-a-release', expression: releaseAskedCel },
    ],
    edits: [
      ...cel.hold,
      { path: annotationPath(ANNOTATION.inProgressing), value: 'variables.mark' },
      { path: annotationPath(ANNOTATION.rollout), value: 'variables.rollout', when: "variables.rollout != ''" },
      { path: labelPath(LABEL.enrolled), value: quote(style) },
    ],
  });
}

const restored = (read: typeof label, path: string[], key: string): CelEdit => ({
  path,
  value: read('oldObject', key),
  when: `${read('oldObject', key)} != ''`,
});

function keepPolicy(options: InstallOptions, held: Held): KubeObject[] {
  const { cel } = held.workload;
  const underWay = underWayCel(cel, 'oldObject');
  const during = (edits: readonly CelEdit[]): CelEdit[] =>
    edits.map((one) => ({ ...one, when: one.when === undefined ? underWay : all(underWay, one.when) }));
  const inProgress = {
    path: annotationPath(ANNOTATION.inProgressing),
    value: annotation('oldObject', ANNOTATION.inProgressing),
  };
  return mutating(options, held, {
    base: POLICY.keep,
    conditions: [
      { name: 'was-not-escaped', expression: not(escapedCel('oldObject')) },
      { name: 'something-to-keep', expression: any(underWay, marksLostCel([LABEL.enrolled], [ANNOTATION.rollout])) },
    ],
    edits: [
      ...during([...cel.keep, inProgress, restored(label, labelPath(LABEL.stableRevision), LABEL.stableRevision)]),
      restored(label, labelPath(LABEL.enrolled), LABEL.enrolled),
      restored(annotation, annotationPath(ANNOTATION.rollout), ANNOTATION.rollout),
    ],
  });
}

function validating(
  options: InstallOptions,
  held: Held,
  part: {
    base: string;
    failurePolicy: string;
    action: string;
    conditions: MatchCondition[];
    validations: JsonObject[];
  },
): KubeObject[] {
  const policy = objectOf(
    VALIDATING_POLICIES,
    { name: policyName(options, held.workload.policy, part.base), labels: { ...OUR_LABELS } },
    {
      spec: {
        failurePolicy: part.failurePolicy,
        matchConstraints: constraints(options, held),
        matchConditions: part.conditions as unknown as Json,
        variables: VARIABLES,
        validations: part.validations,
      },
    },
  );
  return [policy, bindingOf(VALIDATING_POLICY_BINDINGS, policy, { validationActions: [part.action] })];
}

const HOLDER = "(variables.rollout == '' ? 'its Rollout' : 'Rollout ' + variables.rollout)";

const isLoosened = (underWay: string, { atFirst, later }: { atFirst: string; later: string }): string =>
  all(markedCel('object'), any(all(underWay, later), all(not(underWay), releaseAskedCel, atFirst)));

function guardPolicy(options: InstallOptions, held: Held): KubeObject[] {
  const { cel } = held.workload;
  const underWay = underWayCel(cel, 'oldObject');
  const ended = all(markedCel('object'), not(cel.isHeld('object')), any(releaseAskedCel, underWay));
  const undone = cel.loosened === undefined ? ended : any(ended, isLoosened(underWay, cel.loosened));
  return validating(options, held, {
    base: POLICY.guard,
    failurePolicy: 'Fail',
    action: 'Deny',
    conditions: [
      ...commonConditions(installedUserName(options)),
      { name: 'something-to-hold', expression: cel.applies },
    ],
    validations: [
      {
        expression: not(undone),
        reason: 'Forbidden',
        messageExpression: `${HOLDER} + ' holds this update, but ${cel.text} was undone on its way here. Remove the admission webhook or tool that undoes it, or take the workload out of Sluice: label ${LABEL.enrolled}=${ESCAPE}'`,
        message: `the hold of a release under way was undone (${cel.text})`,
      },
    ],
  });
}

/** Only where an update changed who holds what; a webhook explains workloads that it enrols itself. */
function explainPolicy(options: InstallOptions, held: Held): KubeObject[] {
  const { cel, style } = held.workload;
  const enrolledBefore = `${label('oldObject', LABEL.enrolled)} == ${quote(style)}`;
  const isHeld = all(enrolledBefore, not(escapedCel('object')), underWayCel(cel, 'object'), releaseAskedCel);
  const escapes = all(escapedCel('object'), not(escapedCel('oldObject')));
  return validating(options, held, {
    base: POLICY.explain,
    failurePolicy: 'Ignore',
    action: 'Warn',
    conditions: [commonConditions(installedUserName(options))[0] as MatchCondition],
    validations: [
      {
        expression: not(isHeld),
        messageExpression: `'held by ' + ${HOLDER} + ', which releases it in steps; to update without Sluice: label ${LABEL.enrolled}=${ESCAPE}'`,
        message: 'held by its Rollout, which releases it in steps',
      },
      {
        expression: not(escapes),
        message: `${LABEL.enrolled}=${ESCAPE}: Sluice leaves this workload alone; what was held stays as it is until you change it`,
      },
    ],
  });
}

/** Policies of one kind and style, each followed by its binding. */
const policiesOf = (options: InstallOptions, held: Held): KubeObject[] => [
  ...guardPolicy(options, held),
  ...explainPolicy(options, held),
  ...keepPolicy(options, held),
  ...holdPolicy(options, held),
];

export const policies = (options: InstallOptions, workloads: readonly Held['workload'][]): KubeObject[] =>
  [...Map.groupBy(workloads, ({ policy }) => policy).values()].flatMap((group) =>
    policiesOf(options, { workload: group[0] as Held['workload'], resources: group.map(({ resource }) => resource) }),
  );
