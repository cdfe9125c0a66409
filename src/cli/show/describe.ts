// A Rollout in full, for people: phase, strategy with its steps and where the release is among them, status, conditions, and
// pods.

import type { PodModel } from '../../view/pods.ts';
import type { ReleaseModel } from '../../view/release-model.ts';
import type { StepModel } from '../../view/rollout.ts';
import { ago, duration, moment } from '../../view/times.ts';
import { troubleText } from '../../view/troubles.ts';
import { waitText } from '../../view/current-wait.ts';
import { columns } from '../text/columns.ts';
import { readinessText } from './pods.ts';

type Rows = string[][];

export function describe(release: ReleaseModel, all: boolean): string {
  const blocks = [
    columns(headOf(release)),
    section('Strategy', strategyRows(release)),
    section('Steps', stepRows(release)),
    section('Status', statusRows(release)),
    section('Conditions', conditionRows(release)),
    section(podsTitle(release, all), podRows(release, all)),
  ];
  return blocks.filter((block) => block !== '').join('\n');
}

const section = (title: string, rows: Rows): string =>
  rows.length === 0 ? '' : `${title}:\n${columns(rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest]))}`;

/** Rows whose value is empty are left out. */
const said = (rows: Rows): Rows => rows.filter(([, value = '']) => value !== '');

function headOf(release: ReleaseModel): Rows {
  const { now, workloadRef, withoutWorkload, waits, troubles } = release;
  const { apiVersion, kind, name } = workloadRef;
  return said([
    ['Name:', release.name],
    ['Namespace:', release.namespace],
    ['Age:', ago(release.created, now)],
    ['Workload:', `${kind}/${name} (${apiVersion})${withoutWorkload === '' ? '' : `: ${withoutWorkload}`}`],
    ['Phase:', release.phase ?? 'not seen by Sluice yet'],
    ['Message:', release.message],
    ['Waits for:', waits === undefined ? '' : waitText(waits, now)],
    ...troubles.map((trouble) => ['Trouble:', troubleText(trouble, now)]),
  ]);
}

function strategyRows({ strategy }: ReleaseModel): Rows {
  const routes = strategy.routes.map(
    (route) => `${route.kind}/${route.name}${route.class === undefined ? '' : ` (${route.class})`}`,
  );
  return said([
    ['Style', strategy.style],
    ['Paused', strategy.isPaused ? 'true (spec.strategy.paused)' : ''],
    ['Disabled', strategy.isDisabled ? 'true (spec.disabled)' : ''],
    ['Service', strategy.service],
    ['Routes', routes.join(', ')],
    ['TrafficRouting', strategy.trafficRouting],
  ]);
}

function stepRows({ steps }: ReleaseModel): Rows {
  const rows = steps.map((step) => [
    `${step.isCurrent ? '>' : ' '} ${step.index}`,
    step.size,
    step.share,
    pauseText(step),
    step.state,
  ]);
  return rows.length === 0 ? [] : [['  STEP', 'REPLICAS', 'TRAFFIC', 'PAUSE', 'STATE'], ...rows];
}

const pauseText = ({ pause }: StepModel): string =>
  pause === undefined ? 'until approved' : pause === 0 ? 'none' : duration(pause * 1000);

function statusRows({ progress, steps, now }: ReleaseModel): Rows {
  if (progress === undefined) return [];
  const { newPods, lastChange } = progress;
  return said([
    ['Step', `${progress.step ?? '?'} of ${steps.length}`],
    ['State', progress.state ?? ''],
    ['Next step', progress.nextStep?.toString() ?? ''],
    ['Release id', progress.releaseId],
    ['Stable revision', progress.stableRevision],
    ['New revision', progress.newRevision],
    ['New pods', newPods === undefined ? '' : `${newPods.all}, ${newPods.ready} ready`],
    ['Finalising', progress.finalising],
    ['Last change', lastChange === undefined ? '' : `${moment(lastChange)} (${duration(now - lastChange)} ago)`],
  ]);
}

function conditionRows({ conditions, now }: ReleaseModel): Rows {
  const rows = conditions.map(({ type, status, reason, message, since }) => [
    type,
    status,
    reason,
    ago(since, now),
    message,
  ]);
  return rows.length === 0 ? [] : [['TYPE', 'STATUS', 'REASON', 'SINCE', 'MESSAGE'], ...rows];
}

const podsTitle = ({ progress }: ReleaseModel, all: boolean): string =>
  all ? 'Pods' : `New pods of step ${progress?.step ?? 1} (--all shows all pods)`;

const order = (a: PodModel, b: PodModel): number => Number(b.isNew) - Number(a.isNew) || (a.name < b.name ? -1 : 1);

function podRows({ pods, progress, isReleasing, now }: ReleaseModel, all: boolean): Rows {
  const step = progress?.step?.toString() ?? '';
  const shown = pods.filter((pod) => all || (pod.isNew && pod.step === step));
  if (shown.length === 0) return isReleasing || all ? [['none']] : [];
  const rows = shown
    .sort(order)
    .map((pod) => [
      pod.name,
      readinessText(pod),
      pod.status,
      pod.isNew ? 'new' : 'old',
      pod.step,
      pod.revision,
      pod.node,
      ago(pod.created, now),
    ]);
  return [['NAME', 'READY', 'STATUS', 'VERSION', 'STEP', 'REVISION', 'NODE', 'AGE'], ...rows];
}
