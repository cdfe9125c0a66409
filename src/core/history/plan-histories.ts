// The histories of one Rollout: one is begun for each release id, follows the pods of the steps, and is filled in and
// completed when the release is over, however it ended.

import type { Json, JsonObject, KubeObject } from '../../api/kube.ts';
import { API_VERSION, CONDITION, EVENT_REASON, LABEL, PHASE, PROGRESSING_REASON } from '../../api/names.ts';
import { ROLLOUT_HISTORIES } from '../../api/resources.ts';
import type { Rollout } from '../../api/rollout.ts';
import { HISTORY_COMPLETED, type RolloutHistory } from '../../api/rollout-history.ts';
import { progressOf } from '../../api/progress.ts';
import { isHoldAnswered, workloadRefOf } from '../../api/rollout-view.ts';
import { create, patch, type Action, type EventNote } from '../../objects/actions.ts';
import { type Plan } from '../tasks/plan.ts';
import { nameSuffix } from '../../lib/hash.ts';
import { labelValue } from '../../lib/label-value.ts';
import { sameJson } from '../../lib/json.ts';
import { conditionOf } from '../../objects/status.ts';
import type { HistoryObserved, HistoryParts } from './history-observed.ts';
import { stepsFrom } from './recorded-steps.ts';

export const recordedReleaseId = ({ metadata }: KubeObject): string => metadata.labels?.[LABEL.rolloutId] ?? '';
export const isOpenHistory = ({ status }: RolloutHistory): boolean => status?.phase !== HISTORY_COMPLETED;

export function planHistories(o: HistoryObserved): Plan {
  const begun = o.rollout === undefined ? NOTHING : begin(o, o.rollout);
  const open = o.histories.filter(isOpenHistory);
  const actions = [...begun.actions, ...open.flatMap((history) => advance(o, history))];
  return { actions, events: begun.events, why: actions[0]?.why ?? 'every release is recorded' };
}

interface Begun {
  actions: Action[];
  events: EventNote[];
}
const NOTHING: Begun = { actions: [], events: [] };

/** As the labels of its pods and records have it. */
const idOf = (rollout: Rollout): string => labelValue(progressOf(rollout)?.releaseId ?? '');

function begin(o: HistoryObserved, rollout: Rollout): Begun {
  const { name } = rollout.metadata;
  const id = idOf(rollout);
  if (rollout.status?.phase !== PHASE.progressing || isHoldAnswered(rollout) || id === '') return NOTHING;
  if (o.histories.some((history) => recordedReleaseId(history) === id)) return NOTHING;
  if (labelValue(name) === name) return { actions: [creation(o, rollout, id)], events: [] };
  const message = `release ${id} is not recorded: ${JSON.stringify(name)} cannot be the value of a label; use at most 63 letters, digits, "-", "_" and "."`;
  return { actions: [], events: [{ type: 'Warning', reason: EVENT_REASON.historySkipped, message }] };
}

/** `<rollout>-<5 characters>`, repeatable after a crash; names have at most 253 characters. */
function nameFor({ isTaken }: HistoryObserved, { metadata }: Rollout, id: string): string {
  for (let collisions = 0; ; collisions += 1) {
    const name = `${metadata.name}-${nameSuffix(metadata.uid ?? '', id, String(collisions))}`;
    if (!isTaken(name)) return name;
  }
}

function creation(o: HistoryObserved, rollout: Rollout, id: string): Action {
  const { name, namespace = '' } = rollout.metadata;
  const labels = { [LABEL.rolloutId]: id, [LABEL.rolloutName]: name };
  const object: KubeObject = {
    apiVersion: API_VERSION.v1alpha1,
    kind: 'RolloutHistory',
    metadata: { name: nameFor(o, rollout, id), namespace, labels },
    spec: {},
  };
  return create(ROLLOUT_HISTORIES, object, `release ${id} begins to be recorded`);
}

/** Before the end of a release its pods go one by one, which is not what the steps released. */
const RECORDED: unknown[] = [PROGRESSING_REASON.inRolling, PROGRESSING_REASON.paused];
const IDLE: unknown[] = [PHASE.initial, PHASE.healthy, PHASE.disabled];

function advance(o: HistoryObserved, history: RolloutHistory): Action[] {
  const { rollout } = o;
  const id = recordedReleaseId(history);
  const isOver = rollout === undefined || IDLE.includes(rollout.status?.phase);
  // Pods of an earlier release make way for those of the newer one: its record stays as it was.
  const isCurrent = rollout !== undefined && idOf(rollout) === id;
  if (!isOver) return isCurrent && isInSteps(rollout) ? record(o, history, false) : [];
  if (rollout === undefined || history.spec.rollout?.name !== undefined) return record(o, history, true);
  const spec = specOf(rollout, o.parts, wholeId(rollout, id)) as Json;
  return [patch(ROLLOUT_HISTORIES, history, { spec }, `release ${id} is over, and is recorded`)];
}

/** The id as its author wrote it, which a label cannot always have. */
function wholeId(rollout: Rollout, id: string): string {
  const whole = progressOf(rollout)?.releaseId ?? '';
  return labelValue(whole) === id ? whole : id;
}

const isInSteps = ({ status }: Rollout): boolean =>
  RECORDED.includes(conditionOf(status?.conditions, CONDITION.progressing)?.reason);

/** The pods of the steps, and the phase once it is over. */
function record(o: HistoryObserved, history: RolloutHistory, isOver: boolean): Action[] {
  const id = recordedReleaseId(history);
  const canarySteps = stepsFrom(o.pods[id] ?? [], history.status?.canarySteps);
  const status: JsonObject = {
    ...(isOver ? { phase: HISTORY_COMPLETED } : {}),
    ...(sameJson(canarySteps, history.status?.canarySteps ?? []) ? {} : { canarySteps: canarySteps as Json }),
  };
  if (Object.keys(status).length === 0) return [];
  const why = isOver ? `the record of release ${id} is completed` : `pods of release ${id} are recorded`;
  return [patch(ROLLOUT_HISTORIES, history, { status }, why, 'status')];
}

const dataOf = (object: KubeObject): JsonObject => ({
  name: object.metadata.name,
  ...(object['spec'] === undefined ? {} : { data: object['spec'] as Json }),
});

function specOf(rollout: Rollout, parts: HistoryParts, rolloutID: string): JsonObject {
  const { workload, service, ingress, httpRoute } = parts;
  const { apiVersion, kind, name } = workloadRefOf(rollout);
  const routes: JsonObject = {
    ...(ingress === undefined ? {} : { ingress: dataOf(ingress) }),
    ...(httpRoute === undefined ? {} : { httpRoute: dataOf(httpRoute) }),
  };
  return {
    rollout: { rolloutID, ...dataOf(rollout) },
    workload: { apiVersion, kind, name, ...(workload === undefined ? {} : dataOf(workload)) },
    ...(service === undefined ? {} : { service: dataOf(service) }),
    ...(Object.keys(routes).length === 0 ? {} : { trafficRouting: routes }),
  };
}
