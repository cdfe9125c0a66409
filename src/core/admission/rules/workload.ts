// The workload reference is complete, of a kind we know, and of one that can do blue-green where that is asked.

import { groupOf } from '../../../api/kube.ts';
import {
  ADVANCED_DAEMON_SETS,
  ADVANCED_STATEFUL_SETS,
  CLONE_SETS,
  DAEMON_SETS,
  DEPLOYMENTS,
  REPLICA_SETS,
  STATEFUL_SETS,
} from '../../../api/resources.ts';
import type { Resource } from '../../../api/kube.ts';
import { workloadRefOf } from '../../../api/rollout-view.ts';
import type { ObjectReference } from '../../../api/rollout.ts';
import { field, type RolloutRule } from './violation.ts';

const SUPPORTED = [
  DEPLOYMENTS,
  REPLICA_SETS,
  STATEFUL_SETS,
  DAEMON_SETS,
  CLONE_SETS,
  ADVANCED_STATEFUL_SETS,
  ADVANCED_DAEMON_SETS,
];
const BLUE_GREEN = [DEPLOYMENTS, CLONE_SETS];

/** The version of the API does not matter. */
const isOneOf = (resources: Resource[], { apiVersion, kind }: ObjectReference): boolean =>
  resources.some((resource) => resource.group === groupOf(apiVersion) && resource.kind === kind);
const list = (resources: Resource[]): string => resources.map(({ group, kind }) => `${group}/${kind}`).join(', ');

export const heldNamespace: RolloutRule = ({ rollout, settings: { leftOut = [] } }) => {
  const namespace = field(field(rollout, 'metadata'), 'namespace');
  if (typeof namespace !== 'string' || !leftOut.includes(namespace)) return [];
  const message = 'in this namespace nothing is held, so that its pods come back without Sluice';
  const remedy = 'delete this Rollout, or move the workload to another namespace';
  return [{ rule: 'held-namespace', field: 'metadata.namespace', value: namespace, message, remedy }];
};

export const workloadRef: RolloutRule = ({ rollout, paths }) => {
  const ref = workloadRefOf(rollout);
  const missing = (['apiVersion', 'kind', 'name'] as const).filter((key) => ref[key] === '');
  if (missing.length === 0) return [];
  const value = field(field(rollout, 'spec'), 'workloadRef');
  const message = `the workload needs apiVersion, kind and name; missing: ${missing.join(', ')}`;
  return [{ rule: 'workload-ref', field: paths.workloadRef, value, message, remedy: 'name the workload to release' }];
};

export const supportedKind: RolloutRule = ({ rollout, paths, settings }) => {
  const ref = workloadRefOf(rollout);
  if (!settings.filterWorkloadType || ref.kind === '' || isOneOf(SUPPORTED, ref)) return [];
  return [
    {
      rule: 'supported-kind',
      field: paths.workloadRef,
      value: ref,
      message: 'workloads of this kind cannot be released step by step',
      remedy: `use one of ${list(SUPPORTED)}, or run with --filter-workload-type=false`,
    },
  ];
};

export const blueGreenKind: RolloutRule = ({ rollout, paths, style }) => {
  const ref = workloadRefOf(rollout);
  if (style !== 'bluegreen' || ref.kind === '' || isOneOf(BLUE_GREEN, ref)) return [];
  return [
    {
      rule: 'blue-green-kind',
      field: paths.workloadRef,
      value: ref,
      message: 'workloads of this kind cannot run two full versions side by side',
      remedy: `use strategy canary, or one of ${list(BLUE_GREEN)}`,
    },
  ];
};
