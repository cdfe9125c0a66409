// Which workload kinds a process knows: those of the registry, and kinds of a cluster's own that Rollouts name and that are
// released like a StatefulSet. It only grows: a kind that was learned stays known until the process ends.

import { groupOf, type KubeObject, type Resource } from '../api/kube.ts';
import { ADVANCED_DAEMON_SETS, CLONE_SETS, DAEMON_SETS, DEPLOYMENTS, REPLICA_SETS } from '../api/resources.ts';
import type { FeatureGate } from '../api/names.ts';
import { statefulSetLike } from './statefulset-like.ts';
import type { OwnedRevisions, Workload } from './workload.ts';
import type { Style } from '../api/style.ts';

const keyOf = ({ group, plural }: Resource): string => `${group}/${plural}`;
const keyOfKind = ({ group, kind, style }: Pick<Workload, 'group' | 'kind' | 'style'>): string =>
  [group, kind, style].join('/');
const onceEach = <T>(items: readonly T[], key: (item: T) => string): T[] => [
  ...new Map(items.map((item) => [key(item), item])).values(),
];

/** Their update strategies have fields of their own. */
const UNLIKE: readonly Resource[] = [DEPLOYMENTS, REPLICA_SETS, DAEMON_SETS, CLONE_SETS, ADVANCED_DAEMON_SETS];

export class Kinds {
  readonly #builtIn: readonly Workload[];
  readonly #switchedOff: readonly Workload[];
  readonly #learned: Workload[] = [];

  /** `gates`: what is not named is on. */
  constructor(builtIn: readonly Workload[], gates: Partial<Record<FeatureGate, boolean>> = {}) {
    const isOff = ({ gate }: Workload): boolean => gate !== undefined && gates[gate] === false;
    this.#builtIn = builtIn.filter((workload) => !isOff(workload));
    this.#switchedOff = builtIn.filter(isOff);
  }

  get all(): readonly Workload[] {
    return [...this.#builtIn, ...this.#learned];
  }

  /** Kinds that no registry line names. */
  get learned(): readonly Workload[] {
    return this.#learned;
  }

  /** A kind that nobody here knows, and that may be built like a StatefulSet. */
  isUnknown(group: string, kind: string): boolean {
    const isUnlike = UNLIKE.some((resource) => resource.group === group && resource.kind === kind);
    return !isUnlike && this.stylesOf(group, kind).length === 0;
  }

  /** From now on objects of this resource are released like a StatefulSet. False when that is known already, or wrong. */
  learn(resource: Resource): boolean {
    if (!this.isUnknown(resource.group, resource.kind)) return false;
    this.#learned.push(statefulSetLike(resource));
    return true;
  }

  /** Implementations of a kind, one a style; the version of the API does not matter. */
  stylesOf(group: string, kind: string): Workload[] {
    return this.all.filter((workload) => workload.group === group && workload.kind === kind);
  }

  find(group: string, kind: string, style: Style): Workload | undefined {
    return this.all.find((workload) => workload.group === group && workload.kind === kind && workload.style === style);
  }

  /** As a workloadRef names it. */
  byRef(apiVersion: string, kind: string, style: Style): Workload | undefined {
    return this.find(groupOf(apiVersion), kind, style);
  }

  /** Why `byRef` found nothing, for condition and warning. */
  unsupportedText(apiVersion: string, kind: string, style: Style): string {
    const off = this.#switchedOff.find(
      (one) => keyOfKind(one) === keyOfKind({ group: groupOf(apiVersion), kind, style }),
    );
    if (off?.gate !== undefined)
      return `style ${style} of ${kind} (${apiVersion}) needs feature gate ${off.gate}, which is off: start Sluice with --feature-gates=${off.gate}=true`;
    const known = this.stylesOf(groupOf(apiVersion), kind).map((workload) => workload.style);
    const kinds = [...new Set(this.all.map((workload) => `${workload.group}/${workload.kind}`))].join(', ');
    return known.length === 0
      ? `workloads of kind ${kind} (${apiVersion}) are not supported; supported kinds: ${kinds}`
      : `style ${style} is not supported for ${kind} (${apiVersion}); supported styles: ${known.join(', ')}`;
  }

  /** Every resource that can be a workload, once. */
  get resources(): Resource[] {
    return onceEach(
      this.all.map(({ resource }) => resource),
      keyOf,
    );
  }

  /** Every collection in which revisions of workloads are found, once. */
  get revisionSources(): OwnedRevisions[] {
    return onceEach(
      this.all.map(({ revisionSource }) => revisionSource),
      ({ resource }) => keyOf(resource),
    );
  }

  /** How objects of a workload resource are kept. Styles of one kind share the projection. */
  projectionOf(resource: Resource): (workload: KubeObject) => KubeObject {
    const found = this.stylesOf(resource.group, resource.kind)[0];
    return found === undefined ? (workload) => workload : (workload) => found.project(workload);
  }
}
