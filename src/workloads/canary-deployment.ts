// The Deployment that carries the new pods of a canary release: made, fed, read and removed. It copies the live stable
// Deployment, selector included, and belongs to the BatchRelease.

import { ANNOTATION, FINALIZER, LABEL } from '../api/names.ts';
import type { KubeObject, PodTemplate, Strings } from '../api/kube.ts';
import { create, patch, remove, type Action } from '../objects/actions.ts';
import { isObject, readAt } from '../lib/json.ts';
import { templateHash, templateOf } from '../objects/revision.ts';
import { nameSuffix } from '../lib/hash.ts';
import { labelValue, nameWith } from '../lib/label-value.ts';
import { CANARIES, CANARY_REPLICA_SETS, DEPLOYMENT } from './deployment.ts';
import {
  activeOf,
  statusCount,
  matchLabelsOf,
  ownedBy,
  refusedPods,
  replicasOf,
  revisionLabelOf,
} from './replica-sets.ts';
import type { Related, ReleaseContext, ReleaseView } from './workload.ts';

/** Its ReplicaSets add a dash and a hash of ten signs to it, up to 253; pods are named within what they may. */
const LONGEST_NAME = 242;

/** Undefined for what is no canary. A name that is too long for a label is shortened there, and whole in the canary's own. */
export function stableNameOf({ metadata }: KubeObject): string | undefined {
  const told = metadata.labels?.[LABEL.canaryDeployment];
  const whole = metadata.name.slice(0, metadata.name.lastIndexOf('-'));
  return told !== undefined && labelValue(whole) === told ? whole : told;
}

const uidOf = (context: ReleaseContext): string => context.batchRelease.metadata.uid ?? '';

const canariesOf = (related: Related, context: ReleaseContext): KubeObject[] =>
  (related[CANARIES] ?? []).filter((canary) => ownedBy(canary, uidOf(context)));

const isDeleted = (canary: KubeObject): boolean => canary.metadata.deletionTimestamp !== undefined;

const liveCanary = (related: Related, context: ReleaseContext): KubeObject | undefined =>
  canariesOf(related, context).find((canary) => !isDeleted(canary));

/**
 * Up to `target` pods, never fewer than there are, unless the workload itself is scaled to nothing. A canary that a person
 * deletes is kept by our finalizer, and serves, until another one has taken its place.
 */
export function advance(stable: KubeObject, related: Related, context: ReleaseContext, target: number): Action[] {
  const canary = liveCanary(related, context);
  if (canary === undefined) {
    const object = canaryOf(stable, related, context, target);
    return [create(DEPLOYMENT, object, `run ${target} new pods beside the stable ones`)];
  }
  const present = replicasOf(canary);
  if (present < target) {
    return [
      patch(DEPLOYMENT, canary, { spec: { replicas: target } }, `grow the new pods from ${present} to ${target}`),
    ];
  }
  if (present > 0 && replicasOf(stable) === 0) {
    return [
      patch(DEPLOYMENT, canary, { spec: { replicas: 0 } }, 'the workload is scaled to zero, and so are the new pods'),
    ];
  }
  const hasTakenOver = statusCount(canary, 'availableReplicas') >= target;
  return hasTakenOver ? canariesOf(related, context).filter(isDeleted).flatMap(letGo) : [];
}

const merged = (base: unknown, extra: Strings | undefined): Strings => ({
  ...(isObject(base) ? (base as Strings) : {}),
  ...extra,
});

function templateWith(template: PodTemplate | undefined, extra: ReleaseContext['podMetadata']): PodTemplate {
  const metadata = template?.metadata ?? {};
  const labels = merged(metadata.labels, extra?.labels);
  const annotations = merged(metadata.annotations, extra?.annotations);
  return {
    ...template,
    metadata: { ...metadata, labels, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
  };
}

/** The name is a function of what is released, so a create repeated after a crash finds the first one. */
export function canaryNameFor(stable: KubeObject, related: Related, context: ReleaseContext): string {
  const hash = templateHash(templateOf(stable));
  const used = canariesOf(related, context).map(({ metadata }) => metadata.name);
  for (let count = context.collisionCount; ; count += 1) {
    const name = nameWith(stable.metadata.name, `-${nameSuffix(uidOf(context), hash, String(count))}`, LONGEST_NAME);
    if (!used.includes(name)) return name;
  }
}

function canaryOf(stable: KubeObject, related: Related, context: ReleaseContext, replicas: number): KubeObject {
  const spec = readAt(stable, ['spec']);
  const { metadata } = stable;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: canaryNameFor(stable, related, context),
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels: { [LABEL.canaryDeployment]: labelValue(metadata.name) },
      annotations: { [ANNOTATION.controlInfo]: JSON.stringify(context.owner) },
      finalizers: [FINALIZER.canaryDeployment],
      ownerReferences: [context.owner],
    },
    spec: {
      ...(isObject(spec) ? spec : {}),
      template: templateWith(templateOf(stable), context.podMetadata),
      replicas,
      paused: false,
    },
  };
}

export function release(stable: KubeObject, related: Related, context: ReleaseContext): ReleaseView {
  const canary = liveCanary(related, context);
  if (canary === undefined) {
    return { desired: 0, updated: 0, ready: 0, podRevision: '', podSelector: undefined, observed: true };
  }
  const serving = activeOf(related[CANARY_REPLICA_SETS] ?? [], canary.metadata.uid ?? '').at(-1);
  const podRevision = serving === undefined ? '' : revisionLabelOf(serving);
  return {
    desired: replicasOf(canary),
    updated: statusCount(canary, 'replicas'),
    ready: statusCount(canary, 'availableReplicas'),
    podRevision,
    podSelector: podRevision === '' ? undefined : { ...matchLabelsOf(stable), [LABEL.podTemplateHash]: podRevision },
    observed: statusCount(canary, 'observedGeneration') >= (canary.metadata.generation ?? 0),
    ...refusedPods(serving),
  };
}

/** Empty once nothing is left; a canary that is going already needs no further write. */
export function cleanUp(_stable: KubeObject | undefined, related: Related, context: ReleaseContext): Action[] {
  return canariesOf(related, context).flatMap((canary): Action[] => {
    const finalizer = letGo(canary);
    if (finalizer.length > 0 || isDeleted(canary)) return finalizer;
    return [remove(DEPLOYMENT, canary, 'the new pods of the release are not needed any more')];
  });
}

/** Without our finalizer it goes when it, or its BatchRelease, is deleted. */
function letGo(canary: KubeObject): Action[] {
  const finalizers = canary.metadata.finalizers ?? [];
  if (!finalizers.includes(FINALIZER.canaryDeployment)) return [];
  const kept = finalizers.filter((name) => name !== FINALIZER.canaryDeployment);
  return [patch(DEPLOYMENT, canary, { metadata: { finalizers: kept } }, 'let the canary Deployment go')];
}

export const isGone = (related: Related, context: ReleaseContext): boolean => canariesOf(related, context).length === 0;
