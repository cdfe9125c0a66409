// What the user's objects must look like in the end: byte for byte as they were stored before the Rollout came, with what the
// user changed since.

import type { KubeObject } from '../../src/api/kube.ts';
import { ANNOTATION, LABEL } from '../../src/api/names.ts';

/** How an enrolled workload is marked; all other marks are leftovers. */
const ENROLMENT = {
  labels: [LABEL.enrolled, LABEL.workloadType] as string[],
  annotations: [ANNOTATION.rollout, ANNOTATION.workloadTypeOwned] as string[],
};
/** Of Kubernetes' own controllers. */
const COUNTED = ANNOTATION.deploymentRevision as string;

const without = (values: Record<string, string> | undefined, keys: readonly string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(values ?? {}).filter(([key]) => !keys.includes(key)));

/** What of an object is the user's, as text. */
export const theirs = ({ metadata, spec }: KubeObject): string =>
  JSON.stringify({
    labels: metadata.labels ?? {},
    annotations: without(metadata.annotations, [COUNTED]),
    finalizers: metadata.finalizers ?? [],
    spec,
  });

export const isEnrolled = ({ metadata }: KubeObject): boolean => metadata.labels?.[LABEL.enrolled] !== undefined;

export const withoutEnrolment = (workload: KubeObject): KubeObject => ({
  ...workload,
  metadata: {
    ...workload.metadata,
    labels: without(workload.metadata.labels, ENROLMENT.labels),
    annotations: without(workload.metadata.annotations, ENROLMENT.annotations),
  },
});

interface WorkloadSpec {
  replicas: number;
  template: { spec: { containers: { image: string }[] } };
}

/** The workload as it was, with another image and size. */
export function changed(workload: KubeObject, image: string, replicas: number): KubeObject {
  const copy = structuredClone(workload);
  const spec = copy['spec'] as WorkloadSpec;
  spec.replicas = replicas;
  for (const container of spec.template.spec.containers) container.image = image;
  return copy;
}
