// Rollout: the plain conversion. The style flag and the TrafficRouting reference are annotations in v1alpha1; a step's
// traffic "20%" is weight 20 there, and replicas that equal the weight are not shown.

import { ANNOTATION, V1ALPHA1 } from '../names.ts';
import { rolloutSpecSchema, rolloutStatusSchema } from '../rollout.ts';
import { rolloutSpecV1alpha1Schema, rolloutStatusV1alpha1Schema } from '../rollout-v1alpha1.ts';
import { structural } from '../structural.ts';
import { readAt, field, isObject, withField, without, type Fields, type Path } from '../../lib/json.ts';
import type { Mapping } from './two-way.ts';

const EXTRA_WORKLOAD = 'enableExtraWorkloadForCanary';
const CANARY: Path = ['strategy', 'canary'];
const BLUE_GREEN: Path = ['strategy', 'blueGreen'];

const styleText = (extraWorkload: boolean): string => (extraWorkload ? 'canary' : 'partition');
/** Anything but partition, also nothing, means a workload of its own. */
const extraWorkloadBy = (annotations: Fields): boolean =>
  String(field(annotations, ANNOTATION.rollingStyle) ?? '').toLowerCase() !== 'partition';
const impliedExtraWorkload = (canary: Fields): boolean => isObject(canary['patchPodTemplateMetadata']);
const extraWorkloadOf = (canary: Fields): boolean => {
  const flag = canary[EXTRA_WORKLOAD];
  return typeof flag === 'boolean' ? flag : impliedExtraWorkload(canary);
};

/** The percentage of "20%" as v1alpha1 writes it. */
function weightOf(traffic: unknown): number | undefined {
  const digits = typeof traffic === 'string' ? /^(-?\d{1,9})%$/.exec(traffic)?.[1] : undefined;
  return digits === undefined ? undefined : Number(digits) + 0;
}

function downStep(step: unknown): unknown {
  if (!isObject(step)) return step;
  const weight = weightOf(step['traffic']);
  const shown = without(step, 'traffic');
  if (weight === undefined) return shown;
  const implied = shown['replicas'] === `${weight}%`;
  return { weight, ...(implied ? without(shown, 'replicas') : shown) };
}

function upStep(step: unknown): unknown {
  if (!isObject(step) || !Number.isInteger(step['weight'])) return step;
  const traffic = `${step['weight'] as number}%`;
  return { ...(Object.hasOwn(step, 'replicas') ? {} : { replicas: traffic }), traffic, ...without(step, 'weight') };
}

const mapSteps = (canary: Fields, map: (step: unknown) => unknown): Fields =>
  Array.isArray(canary['steps']) ? withField(canary, 'steps', canary['steps'].map(map)) : canary;

const mapCanary = (spec: Fields, map: (canary: Fields) => Fields): Fields => {
  const strategy = spec['strategy'];
  const canary = field(strategy, 'canary');
  if (!isObject(strategy) || !isObject(canary)) return spec;
  return withField(spec, 'strategy', withField(strategy, 'canary', map(canary)));
};

function downSpec(spec: Fields): Fields {
  const shown = mapCanary(spec, (canary) => mapSteps(canary, downStep));
  if (!Object.hasOwn(shown, 'workloadRef')) return shown;
  return { objectRef: { workloadRef: shown['workloadRef'] }, ...without(shown, 'workloadRef') };
}

function upSpec(spec: Fields, annotations: Fields): Fields {
  const shared = field(annotations, ANNOTATION.trafficRouting);
  const stored = mapCanary(spec, (canary) => ({
    ...mapSteps(canary, upStep),
    [EXTRA_WORKLOAD]: extraWorkloadBy(annotations),
    ...(typeof shared === 'string' && shared !== '' ? { trafficRoutingRef: shared } : {}),
  }));
  const workloadRef = field(stored['objectRef'], 'workloadRef');
  return { ...(workloadRef === undefined ? {} : { workloadRef }), ...without(stored, 'objectRef') };
}

function downAnnotations(annotations: Fields, betaSpec: unknown): Fields {
  const canary = readAt(betaSpec, CANARY);
  if (!isObject(canary)) return annotations;
  const style = styleText(extraWorkloadOf(canary));
  const written = field(annotations, ANNOTATION.rollingStyle);
  const agrees = typeof written === 'string' && written.toLowerCase() === style;
  const styled = agrees ? annotations : withField(annotations, ANNOTATION.rollingStyle, style);
  const shared = canary['trafficRoutingRef'];
  const known = Object.hasOwn(annotations, ANNOTATION.trafficRouting) || typeof shared !== 'string' || shared === '';
  return known ? styled : withField(styled, ANNOTATION.trafficRouting, shared);
}

/** The style moves into the spec; a spelling that only the annotation can have stays. */
function upAnnotations(annotations: Fields, alphaSpec: unknown): Fields {
  const written = field(annotations, ANNOTATION.rollingStyle);
  const inSpec = isObject(readAt(alphaSpec, CANARY)) && (written === 'canary' || written === 'partition');
  return inSpec ? without(annotations, ANNOTATION.rollingStyle) : annotations;
}

/** v1alpha1 shows the status of the style in use, under the one name it has. */
const RENAMED: readonly (readonly [string, string])[] = [
  ['updatedRevision', 'canaryRevision'],
  ['updatedReplicas', 'canaryReplicas'],
  ['updatedReadyReplicas', 'canaryReadyReplicas'],
];
const rename = (fields: Fields, pairs: readonly (readonly [string, string])[]): Fields => {
  const names = new Map(pairs);
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [names.get(key) ?? key, value]));
};
const isBlueGreen = (betaSpec: unknown): boolean =>
  readAt(betaSpec, BLUE_GREEN) !== undefined && readAt(betaSpec, CANARY) === undefined;

function downStatus(status: Fields, betaSpec: unknown): Fields {
  if (!isBlueGreen(betaSpec)) return status;
  const live = status['blueGreenStatus'];
  return withField(status, 'canaryStatus', isObject(live) ? rename(live, RENAMED) : live);
}

function upStatus(status: Fields, betaSpec: unknown): Fields {
  const shown = status['canaryStatus'];
  const progress = isObject(shown) ? shown : {};
  const mirror = Object.fromEntries(
    ['currentStepIndex', 'currentStepState']
      .filter((key) => Object.hasOwn(progress, key))
      .map((key) => [key, progress[key]]),
  );
  if (!isBlueGreen(betaSpec)) return { ...status, ...mirror };
  const back = RENAMED.map(([beta, alpha]) => [alpha, beta] as const);
  const live = isObject(shown) ? rename(shown, back) : shown;
  return { ...without(status, 'canaryStatus'), ...mirror, ...(live === undefined ? {} : { blueGreenStatus: live }) };
}

function shownAt(path: Path, betaSpec: unknown): Path | undefined {
  const live = isBlueGreen(betaSpec) ? 'blueGreenStatus' : 'canaryStatus';
  const [part = '', name, ...rest] = path;
  if (part === live)
    return ['canaryStatus', ...(name === undefined ? [] : [new Map(RENAMED).get(name) ?? name, ...rest])];
  return part === 'canaryStatus' || part === 'blueGreenStatus' ? undefined : path;
}

/** The annotation decides where the absent flag would now mean the other style. */
function settle(betaSpec: unknown, alphaAnnotations: Fields): unknown {
  if (!isObject(betaSpec)) return betaSpec;
  return mapCanary(betaSpec, (canary) => {
    const wanted = extraWorkloadBy(alphaAnnotations);
    return extraWorkloadOf(canary) === wanted ? canary : withField(canary, EXTRA_WORKLOAD, wanted);
  });
}

export const rolloutMapping: Mapping = {
  alpha: {
    spec: structural(rolloutSpecV1alpha1Schema, V1ALPHA1),
    status: structural(rolloutStatusV1alpha1Schema, V1ALPHA1),
  },
  beta: { spec: structural(rolloutSpecSchema), status: structural(rolloutStatusSchema) },
  annotations: [ANNOTATION.rollingStyle, ANNOTATION.trafficRouting],
  downSpec,
  upSpec,
  downAnnotations,
  upAnnotations,
  downStatus,
  upStatus,
  shownAt,
  settle,
  /** A canary written through v1alpha1 replaces a hidden blueGreen. */
  narrow: (edit, betaSpec) =>
    edit.at.join('/') === 'spec/strategy/blueGreen' && readAt(betaSpec, CANARY) === undefined
      ? { ...edit, unless: ['spec', ...CANARY] }
      : edit,
};
