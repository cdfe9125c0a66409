// BatchRelease: the plain conversion. The workload is one level deeper in v1alpha1, and the style is an annotation.

import { ANNOTATION, V1ALPHA1 } from '../names.ts';
import { batchReleaseSpecSchema, batchReleaseStatusSchema } from '../batch-release.ts';
import { batchReleaseSpecV1alpha1Schema, batchReleaseStatusV1alpha1Schema } from '../batch-release-v1alpha1.ts';
import { ROLLING_STYLE } from '../states.ts';
import { structural } from '../structural.ts';
import { readAt, field, isObject, withField, without, type Fields } from '../../lib/json.ts';
import type { Mapping } from './two-way.ts';

const STYLES: Map<string, string> = new Map(Object.values(ROLLING_STYLE).map((style) => [style.toLowerCase(), style]));

const styleBy = (annotations: Fields): string | undefined => {
  const written = field(annotations, ANNOTATION.rollingStyle);
  return typeof written === 'string' ? STYLES.get(written.toLowerCase()) : undefined;
};

function downSpec(spec: Fields): Fields {
  if (!Object.hasOwn(spec, 'workloadRef')) return spec;
  return { targetReference: { workloadRef: spec['workloadRef'] }, ...without(spec, 'workloadRef') };
}

function upSpec(spec: Fields, annotations: Fields): Fields {
  const workloadRef = field(spec['targetReference'], 'workloadRef');
  const plan = spec['releasePlan'];
  const rollingStyle = styleBy(annotations);
  const styled = isObject(plan) && rollingStyle !== undefined ? { releasePlan: { ...plan, rollingStyle } } : {};
  return { ...(workloadRef === undefined ? {} : { workloadRef }), ...without(spec, 'targetReference'), ...styled };
}

function downAnnotations(annotations: Fields, betaSpec: unknown): Fields {
  const style = readAt(betaSpec, ['releasePlan', 'rollingStyle']);
  if (typeof style !== 'string' || !STYLES.has(style.toLowerCase()) || styleBy(annotations) === style)
    return annotations;
  return withField(annotations, ANNOTATION.rollingStyle, style.toLowerCase());
}

function upAnnotations(annotations: Fields, alphaSpec: unknown): Fields {
  const written = field(annotations, ANNOTATION.rollingStyle);
  const inSpec = isObject(field(alphaSpec, 'releasePlan')) && typeof written === 'string' && STYLES.has(written);
  return inSpec ? without(annotations, ANNOTATION.rollingStyle) : annotations;
}

export const batchReleaseMapping: Mapping = {
  alpha: {
    spec: structural(batchReleaseSpecV1alpha1Schema, V1ALPHA1),
    status: structural(batchReleaseStatusV1alpha1Schema, V1ALPHA1),
  },
  beta: { spec: structural(batchReleaseSpecSchema), status: structural(batchReleaseStatusSchema) },
  annotations: [ANNOTATION.rollingStyle],
  downSpec,
  upSpec,
  downAnnotations,
  upAnnotations,
  downStatus: (status) => status,
  upStatus: (status) => status,
  narrow: (edit) => edit,
  settle: (betaSpec) => betaSpec,
  shownAt: (path) => path,
};
