// What KWOK does with the simulated nodes and their Pods. The rules that tests rely on:
// - a Pod becomes Ready at once, with a fresh transition time, image and imageID, and all readiness gates true; the
//   annotation `kwok.sluice.dev/ready-after: 3s` delays that;
// - a Pod with an image that ends in ":failed" stays Pending, waiting in ImagePullBackOff;
// - a change of image in place shows in the status at once (restart count, image, imageID); one to ":failed" makes the
//   Pod not ready;
// - a Pod of a Job succeeds; a deleted Pod is gone at once, whatever its phase and grace period.
import { stringify } from 'yaml';
import { NODE_HEARTBEAT, NODE_READY } from './stages-node.ts';
import { POD_COMPLETE, POD_FAILING, POD_IN_PLACE, POD_IN_PLACE_FAILING, POD_READY } from './stages-pod.ts';

/** Delays a Pod's readiness by a Go duration. */
export const READY_AFTER = 'kwok.sluice.dev/ready-after';

interface Expression {
  key: string;
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  values?: string[];
}

const ANY_FAILED = '[(.spec.containers + (.spec.initContainers // []))[].image | endswith(":failed")] | any';
const IMAGE_CHANGED =
  '. as $pod | [.spec.containers[] | . as $want | ($pod.status.containerStatuses // [])[] ' +
  '| select(.name == $want.name) | .image != $want.image] | any';

const alive: Expression = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' };
const phase = (value: string): Expression => ({ key: '.status.phase', operator: 'In', values: [value] });
const truth = (key: string, value: boolean): Expression => ({ key, operator: 'In', values: [String(value)] });
const ready = '.status.conditions.[] | select(.type == "Ready") | .status';
const waiting = '.status.containerStatuses.[] | .state.waiting.reason';

function stage(kind: 'Node' | 'Pod', name: string, matchExpressions: Expression[], rest: object): unknown {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions }, ...rest },
  };
}

const status = (statusTemplate: string): object => ({ next: { statusTemplate: statusTemplate.trim() } });

function podStages(): unknown[] {
  const delay = {
    durationMilliseconds: 0,
    durationFrom: { jq: { expression: `.metadata.annotations["${READY_AFTER}"]` } },
  };
  const isJob: Expression = { key: '.metadata.ownerReferences.[].kind', operator: 'In', values: ['Job'] };
  const backsOff: Expression = { key: waiting, operator: 'In', values: ['ImagePullBackOff'] };
  const notBackingOff: Expression = { ...backsOff, operator: 'NotIn' };
  const up = phase('Running');
  const pending = phase('Pending');
  const good = truth(ANY_FAILED, false);
  const bad = truth(ANY_FAILED, true);
  const changed = truth(IMAGE_CHANGED, true);
  const notReady: Expression = { key: ready, operator: 'NotIn', values: ['True'] };
  return [
    stage('Pod', 'pod-ready', [alive, pending, good, notReady], { delay, ...status(POD_READY) }),
    stage('Pod', 'pod-failing', [alive, pending, bad, notBackingOff], status(POD_FAILING)),
    stage('Pod', 'pod-in-place', [alive, up, good, changed], status(POD_IN_PLACE)),
    stage('Pod', 'pod-in-place-failing', [alive, up, bad, changed], status(POD_IN_PLACE_FAILING)),
    stage('Pod', 'pod-complete', [alive, up, good, isJob], status(POD_COMPLETE)),
    stage('Pod', 'pod-delete', [{ ...alive, operator: 'Exists' }], { next: { delete: true } }),
  ];
}

function nodeStages(): unknown[] {
  const notReady: Expression = { key: ready, operator: 'NotIn', values: ['True'] };
  const up: Expression = { ...notReady, operator: 'In' };
  const tenMinutes = { durationMilliseconds: 600_000, jitterDurationMilliseconds: 610_000 };
  return [
    stage('Node', 'node-ready', [notReady], status(NODE_READY)),
    stage('Node', 'node-heartbeat', [phase('Running'), up], { delay: tenMinutes, ...status(NODE_HEARTBEAT) }),
  ];
}

/** KWOK's whole configuration file: its options (no default applies to a file that has some) and all stages. */
export function kwokConfig(): string {
  const options = {
    apiVersion: 'config.kwok.x-k8s.io/v1alpha1',
    kind: 'KwokConfiguration',
    options: {
      podPlayStageParallelism: 16,
      podsOnNodeSyncParallelism: 4,
      nodePlayStageParallelism: 4,
      nodeLeaseParallelism: 4,
      enablePodsOnNodeSyncListPager: true,
    },
  };
  return [options, ...nodeStages(), ...podStages()].map((document) => stringify(document)).join('---\n');
}
