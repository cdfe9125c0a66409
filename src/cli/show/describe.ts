// A Rollout in full, for people: phase, strategy with its steps and where the release is among them, status, conditions, and
// pods. Tolerates whatever is missing.

import type { KubeObject } from '../../api/kube.ts';
import { LABEL } from '../../api/names.ts';
import type { Rollout, RolloutStep } from '../../api/rollout.ts';
import {
  isDisabled,
  isPaused,
  stepsOf,
  styleOf,
  SUB_STATUS_FIELDS,
  subStatus,
  subStatusName,
  trafficRoutingOf,
  trafficRoutingRefOf,
  workloadRefOf,
} from '../../api/rollout-view.ts';
import { readAt } from '../../lib/json.ts';
import { age, duration, moment } from '../text/age.ts';
import { columns } from '../text/columns.ts';
import type { Look } from './look.ts';
import { podStatus, readinessText } from './pods.ts';
import { shareOf } from './traffic.ts';
import { absence, isReleasing, troubles, unenrolled, waiting } from './waiting.ts';

type Rows = string[][];

export function describe(look: Look, all: boolean): string {
  const blocks = [
    columns(headOf(look)),
    section('Strategy', strategyOf(look.rollout)),
    section('Steps', stepRows(look.rollout)),
    section('Status', statusRows(look)),
    section('Conditions', conditionRows(look)),
    section(podsTitle(look, all), podRows(look, all)),
  ];
  return blocks.filter((block) => block !== '').join('\n');
}

const section = (title: string, rows: Rows): string =>
  rows.length === 0 ? '' : `${title}:\n${columns(rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest]))}`;

/** Rows whose value is empty are left out. */
const said = (rows: Rows): Rows => rows.filter(([, value = '']) => value !== '');

function headOf(look: Look): Rows {
  const { rollout, now } = look;
  const { metadata, status } = rollout;
  const { apiVersion, kind, name } = workloadRefOf(rollout);
  return said([
    ['Name:', metadata.name],
    ['Namespace:', metadata.namespace ?? ''],
    ['Age:', age(metadata.creationTimestamp, now)],
    ['Workload:', `${kind}/${name} (${apiVersion})${look.withoutWorkload === '' ? '' : `: ${look.withoutWorkload}`}`],
    ['Phase:', status?.phase ?? 'not seen by Sluice yet'],
    ['Message:', status?.message ?? ''],
    ['Waits for:', waiting(look)],
    ...[...troubles(rollout), unenrolled(look), absence(look.lease, now)].map((text) => ['Trouble:', text]),
  ]);
}

function strategyOf(rollout: Rollout): Rows {
  const routing = trafficRoutingOf(rollout);
  return said([
    ['Style', styleOf(rollout)],
    ['Paused', isPaused(rollout) ? 'true (spec.strategy.paused)' : ''],
    ['Disabled', isDisabled(rollout) ? 'true (spec.disabled)' : ''],
    ['Service', routing?.service ?? ''],
    ['Routes', routesOf(routing)],
    ['TrafficRouting', trafficRoutingRefOf(rollout)],
  ]);
}

function routesOf(routing: ReturnType<typeof trafficRoutingOf>): string {
  const { ingress, gateway, customNetworkRefs = [] } = routing ?? {};
  return [
    ...(ingress === undefined
      ? []
      : [`Ingress/${ingress.name}${ingress.classType === undefined ? '' : ` (${ingress.classType})`}`]),
    ...(gateway?.httpRouteName === undefined ? [] : [`HTTPRoute/${gateway.httpRouteName}`]),
    ...customNetworkRefs.map(({ kind, name }) => `${kind}/${name}`),
  ].join(', ');
}

function stepRows(rollout: Rollout): Rows {
  const steps = stepsOf(rollout);
  const rows = steps.map((step, at) => [
    `${isCurrentStep(rollout, at + 1) ? '>' : ' '} ${at + 1}`,
    String(step.replicas ?? step.traffic ?? ''),
    shareOf(step),
    pauseText(step),
    stateOf(rollout, at + 1),
  ]);
  return rows.length === 0 ? [] : [['  STEP', 'REPLICAS', 'TRAFFIC', 'PAUSE', 'STATE'], ...rows];
}

const isCurrentStep = (rollout: Rollout, index: number): boolean =>
  isReleasing(rollout) && subStatus(rollout)?.currentStepIndex === index;

function stateOf(rollout: Rollout, index: number): string {
  const sub = subStatus(rollout);
  if (!isReleasing(rollout) || sub?.currentStepIndex === undefined) return '';
  if (sub.currentStepIndex === index) return sub.currentStepState ?? '';
  return index < sub.currentStepIndex ? 'done' : '';
}

function pauseText({ pause }: RolloutStep): string {
  const seconds = pause?.duration;
  return seconds === undefined || seconds === null
    ? 'until approved'
    : seconds === 0
      ? 'none'
      : duration(seconds * 1000);
}

function statusRows({ rollout, now }: Look): Rows {
  const sub = subStatus(rollout);
  if (sub === undefined) return [];
  const counts = countsOf(rollout);
  return said([
    ['Step', `${sub.currentStepIndex ?? '?'} of ${stepsOf(rollout).length}`],
    ['State', sub.currentStepState ?? ''],
    ['Next step', (sub.nextStepIndex ?? 0) > 0 ? String(sub.nextStepIndex) : ''],
    ['Release id', sub.observedRolloutID ?? ''],
    ['Stable revision', sub.stableRevision ?? ''],
    ['New revision', sub.podTemplateHash ?? ''],
    ['New pods', counts],
    ['Finalising', sub.finalisingStep ?? ''],
    ['Last change', timeText(sub.lastUpdateTime, now)],
  ]);
}

function countsOf(rollout: Rollout): string {
  const fields = SUB_STATUS_FIELDS[subStatusName(rollout)];
  const status: unknown = readAt(rollout.status, [subStatusName(rollout)]);
  const [replicas, ready] = [readAt(status, [fields.replicas]), readAt(status, [fields.readyReplicas])];
  return typeof replicas === 'number' ? `${replicas}, ${Number(ready ?? 0)} ready` : '';
}

function timeText(time: string | undefined, now: number): string {
  const at = Date.parse(time ?? '');
  return Number.isNaN(at) ? '' : `${moment(at)} (${duration(now - at)} ago)`;
}

function conditionRows({ rollout, now }: Look): Rows {
  const rows = (rollout.status?.conditions ?? []).map(({ type, status, reason, message, lastTransitionTime }) => [
    type,
    status,
    reason,
    age(lastTransitionTime, now),
    message,
  ]);
  return rows.length === 0 ? [] : [['TYPE', 'STATUS', 'REASON', 'SINCE', 'MESSAGE'], ...rows];
}

/** The label of whichever controller made the pod. */
const revisionOf = ({ metadata }: KubeObject): string =>
  metadata.labels?.[LABEL.podTemplateHash] ?? metadata.labels?.[LABEL.controllerRevisionHash] ?? '';
const batchOf = ({ metadata }: KubeObject): string => metadata.labels?.[LABEL.rolloutBatchId] ?? '';

const podsTitle = ({ rollout }: Look, all: boolean): string =>
  all ? 'Pods' : `New pods of step ${subStatus(rollout)?.currentStepIndex ?? 1} (--all shows all pods)`;

function podRows({ rollout, workload, now }: Look, all: boolean): Rows {
  const sub = subStatus(rollout);
  const revision = sub?.podTemplateHash ?? '';
  const step = String(sub?.currentStepIndex ?? '');
  const isNew = (pod: KubeObject): boolean => {
    const labels = [pod.metadata.labels?.[LABEL.podTemplateHash], pod.metadata.labels?.[LABEL.controllerRevisionHash]];
    return revision !== '' && labels.includes(revision);
  };
  const shown = (workload?.pods ?? []).filter((pod) => all || (isNew(pod) && batchOf(pod) === step));
  if (shown.length === 0) return isReleasing(rollout) || all ? [['none']] : [];
  const rows = shown
    .sort((a, b) => Number(isNew(b)) - Number(isNew(a)) || (a.metadata.name < b.metadata.name ? -1 : 1))
    .map((pod) => [
      pod.metadata.name,
      readinessText(pod),
      podStatus(pod),
      isNew(pod) ? 'new' : 'old',
      batchOf(pod),
      isNew(pod) ? revision : revisionOf(pod),
      String(readAt(pod, ['spec', 'nodeName']) ?? ''),
      age(pod.metadata.creationTimestamp, now),
    ]);
  return [['NAME', 'READY', 'STATUS', 'VERSION', 'STEP', 'REVISION', 'NODE', 'AGE'], ...rows];
}
