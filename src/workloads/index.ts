// The registry of workload kinds and styles: one line each. Everything that must know which kinds exist (admission, watches,
// RBAC, policies, webhook rules, the documentation) is derived from it.

import { groupOf, type KubeObject, type Resource } from '../api/kube.ts';
import { deploymentCanary } from './deployment-canary.ts';
import type { Permission, Style, Workload } from './workload.ts';

export const WORKLOADS: readonly Workload[] = [deploymentCanary];

/** Implementations of a kind, one a style; the version of the API does not matter. */
export const stylesOf = (group: string, kind: string): Workload[] =>
  WORKLOADS.filter((workload) => workload.group === group && workload.kind === kind);

export const workloadFor = (group: string, kind: string, style: Style): Workload | undefined =>
  WORKLOADS.find((workload) => workload.group === group && workload.kind === kind && workload.style === style);

/** As a workloadRef names it. */
export const byRef = (apiVersion: string, kind: string, style: Style): Workload | undefined =>
  workloadFor(groupOf(apiVersion), kind, style);

/** Why `byRef` found nothing, for condition and warning. */
export function unsupportedText(apiVersion: string, kind: string, style: Style): string {
  const known = stylesOf(groupOf(apiVersion), kind).map((workload) => workload.style);
  const kinds = [...new Set(WORKLOADS.map((workload) => `${workload.group}/${workload.kind}`))].join(', ');
  return known.length === 0
    ? `workloads of kind ${kind} (${apiVersion}) are not supported; supported kinds: ${kinds}`
    : `style ${style} is not supported for ${kind} (${apiVersion}); supported styles: ${known.join(', ')}`;
}

/** Every resource that can be a workload, once. */
export const allResources = (): Resource[] => [
  ...new Map(WORKLOADS.map(({ resource }) => [`${resource.group}/${resource.plural}`, resource])).values(),
];

export const allNeeds = (): Permission[] => WORKLOADS.flatMap((workload) => workload.needs);

/** How objects of a workload resource are kept. Styles of one kind share the projection. */
export function projectionOf(resource: Resource): (workload: KubeObject) => KubeObject {
  const found = stylesOf(resource.group, resource.kind)[0];
  return found === undefined ? (workload) => workload : (workload) => found.project(workload);
}
