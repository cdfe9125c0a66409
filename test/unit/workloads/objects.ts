// Objects as the API server sends them, small, for tests of decisions.

import jsonpatch from 'fast-json-patch';
import type { KubeObject, Strings } from '../../../src/api/kube.ts';
import { ANNOTATION, LABEL } from '../../../src/api/names.ts';
import { holdJudge } from '../../../src/core/admission/judges/hold.ts';
import type { Rollout, RolloutStatus } from '../../../src/api/rollout.ts';
import type { Decision, Review, Snapshot } from '../../../src/core/admission/types.ts';
import { inProgressValue } from '../../../src/objects/marks.ts';

export const UID = 'd-uid';
/** What the hold answers at 0. */
export const decide = (asked: Review, known: Snapshot): Decision => holdJudge.judge(asked, known, 0);
export const OURS = 'system:serviceaccount:kruise-rollout:kruise-rollout-controller-manager';

export const template = (image: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'main', image: `web:${image}` }] },
});

export interface DeploymentParts {
  image?: string;
  replicas?: number;
  paused?: boolean;
  labels?: Strings;
  annotations?: Strings;
  strategy?: object;
  status?: object;
  metadata?: object;
}

export function deployment(parts: DeploymentParts = {}): KubeObject {
  const { image = 'v1', replicas = 5, paused, labels, annotations, strategy, status, metadata } = parts;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: UID,
      resourceVersion: '10',
      generation: 3,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...metadata,
    },
    spec: {
      replicas,
      ...(paused === undefined ? {} : { paused }),
      selector: { matchLabels: { app: 'web' } },
      strategy: strategy ?? { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: template(image),
    },
    status: status ?? {
      observedGeneration: 3,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
    },
  };
}

/** Marks of a workload that the Rollout `shop` has enrolled. */
export const enrolled = (rollout = 'shop'): Required<Pick<DeploymentParts, 'labels' | 'annotations'>> => ({
  labels: { app: 'web', [LABEL.enrolled]: 'canary' },
  annotations: { [ANNOTATION.rollout]: rollout },
});

/** Marks of a workload whose release is under way. */
export const held = (rollout = 'shop') => ({
  paused: true,
  labels: { ...enrolled().labels, [LABEL.stableRevision]: 'v1' },
  annotations: { ...enrolled(rollout).annotations, [ANNOTATION.inProgressing]: inProgressValue(rollout) },
});

export function replicaSet(
  image: string,
  replicas: number,
  revision: number,
  parts: { created?: string; uid?: string } = {},
) {
  const { labels } = template(image).metadata;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `web-${image}`,
      namespace: 'shop',
      uid: `rs-${image}`,
      resourceVersion: '7',
      creationTimestamp: parts.created ?? `2026-01-01T00:00:0${revision}Z`,
      labels: { ...labels, [LABEL.podTemplateHash]: image },
      annotations: { [ANNOTATION.deploymentRevision]: String(revision), 'example.com/note': 'kept by its owner' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: parts.uid ?? UID, controller: true },
      ],
    },
    spec: {
      replicas,
      template: { ...template(image), metadata: { labels: { ...labels, [LABEL.podTemplateHash]: image } } },
    },
    status: { replicas, readyReplicas: replicas, availableReplicas: replicas },
  } satisfies KubeObject;
}

export interface RolloutParts {
  name?: string;
  created?: string;
  deleting?: boolean;
  disabled?: boolean;
  traffic?: boolean;
  style?: 'canary' | 'partition' | 'bluegreen';
  steps?: object[];
  status?: Partial<RolloutStatus>;
  target?: string;
}

export function rollout(parts: RolloutParts = {}): Rollout {
  const steps = parts.steps ?? [{ replicas: '20%' }, { replicas: '60%' }];
  const common = {
    steps,
    ...(parts.traffic === true ? { trafficRoutings: [{ service: 'web', ingress: { name: 'web' } }] } : {}),
  };
  const strategy =
    parts.style === 'bluegreen'
      ? { blueGreen: common }
      : { canary: { ...common, enableExtraWorkloadForCanary: parts.style !== 'partition' } };
  return {
    apiVersion: 'rollouts.kruise.io/v1beta1',
    kind: 'Rollout',
    metadata: {
      name: parts.name ?? 'shop',
      namespace: 'shop',
      uid: `r-${parts.name ?? 'shop'}`,
      resourceVersion: '20',
      creationTimestamp: parts.created ?? '2026-01-01T00:00:00Z',
      ...(parts.deleting === true ? { deletionTimestamp: '2026-01-02T00:00:00Z' } : {}),
    },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: parts.target ?? 'web' },
      strategy,
      ...(parts.disabled === true ? { disabled: true } : {}),
    },
    ...(parts.status === undefined ? {} : { status: parts.status }),
  } as Rollout;
}

export const progressing = (reason: string, extra: object = {}): Partial<RolloutStatus> => ({
  phase: 'Progressing',
  conditions: [{ type: 'Progressing', status: 'True', reason, message: '' }],
  canaryStatus: { stableRevision: 'v1', currentStepIndex: 1, ...extra },
});

export function review(old: KubeObject, next: KubeObject, parts: Partial<Review> = {}): Review {
  return {
    uid: 'review',
    operation: 'UPDATE',
    group: 'apps',
    version: 'v1',
    resource: 'deployments',
    kind: 'Deployment',
    subresource: '',
    namespace: 'shop',
    name: 'web',
    username: 'jane',
    groups: ['developers'],
    dryRun: false,
    object: next,
    oldObject: old,
    ...parts,
  };
}

export const snapshot = (parts: Partial<Snapshot> = {}): Snapshot => ({
  identity: OURS,
  rollouts: [],
  related: { replicaSets: [replicaSet('v1', 5, 1)] },
  live: false,
  namespaceTerminating: false,
  ...parts,
});

/** What is stored in the end, by a library of others. */
export function stored(next: KubeObject, decision: Decision): KubeObject {
  if (decision.is !== 'patch') return next;
  const copy = structuredClone(next);
  return jsonpatch.applyPatch(copy, decision.operations as jsonpatch.Operation[], true).newDocument;
}
