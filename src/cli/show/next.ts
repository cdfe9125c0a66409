// What the user can type next, each command with what it does. Follows from the state of the release.

import { LABEL, PHASE, STEP } from '../../api/names.ts';
import type { Container, KubeObject } from '../../api/kube.ts';
import type { RolloutStep } from '../../api/rollout.ts';
import { isDisabled, isPaused, stepsOf, subStatus } from '../../api/rollout-view.ts';
import { enrolledStyle, isEscaped } from '../../core/workload/marks.ts';
import { shareOf } from './traffic.ts';
import { isReleasing, pauseOf, waitsForApproval } from './waiting.ts';
import { containersOf } from './workload.ts';
import type { Look, WorkloadLook } from './look.ts';

export interface Next {
  command: string;
  does: string;
}

const QUIET = new Set<string>([PHASE.terminating, PHASE.disabling]);

export function nextSteps(look: Look, program: string): Next[] {
  const { rollout } = look;
  const phase = rollout.status?.phase;
  if (phase === undefined) return [{ command: 'sluice serve', does: 'runs the controller, where it does not run yet' }];
  if (QUIET.has(phase) || rollout.metadata.deletionTimestamp !== undefined) return [];
  if (isDisabled(rollout)) return [patch(look, '"disabled":false', 'enables the Rollout again')];
  if (!isReleasing(rollout)) return idle(look);
  return [...goOn(look, program), ...goBack(look)];
}

const namespaceOf = ({ rollout }: Pick<Look, 'rollout'>): string => `-n ${rollout.metadata.namespace ?? 'default'}`;

function patch(look: Look, spec: string, does: string): Next {
  const { name } = look.rollout.metadata;
  return { command: `kubectl patch rollout ${name} ${namespaceOf(look)} --type=merge -p '{"spec":{${spec}}}'`, does };
}

function goOn(look: Look, program: string): Next[] {
  const { rollout } = look;
  if (isPaused(rollout)) return [patch(look, '"strategy":{"paused":false}', 'goes on where the release was paused')];
  const pause = pauseOf(rollout);
  if (!waitsForApproval(rollout) && (pause === undefined || subStatus(rollout)?.currentStepState !== STEP.stepPaused))
    return [];
  const command = `${program} approve rollout/${rollout.metadata.name} ${namespaceOf(look)}`;
  const index = subStatus(rollout)?.currentStepIndex ?? 1;
  const earlier = pause === undefined ? '' : ' without waiting';
  const following = stepsOf(rollout)[index];
  if (following === undefined)
    return [{ command, does: `completes the release: all pods get the new version${earlier}` }];
  return [
    { command, does: `goes on with step ${index + 1} of ${stepsOf(rollout).length}: ${sizeOf(following)}${earlier}` },
  ];
}

const sizeOf = (step: RolloutStep): string => {
  const size = step.replicas ?? step.traffic ?? '100%';
  return `${size} of pods${step.traffic === undefined && step.matches === undefined ? '' : `, ${shareOf(step)}`}`;
};

/** The template that serves becomes the wanted one again. */
function goBack({ rollout, workload }: Look): Next[] {
  const does = 'goes back to the stable version: the release is cancelled';
  const images = workload === undefined ? [] : stableImages(workload);
  if (workload === undefined || images.length === 0) return [];
  return [{ command: `${setImage(workload, images)} ${namespaceOf({ rollout })}`, does }];
}

/** kubectl changes images of built-in kinds; others are edited. */
function setImage({ kind, object }: WorkloadLook, images: string[]): string {
  const { group, plural } = kind.resource;
  const { name } = object.metadata;
  if (group !== 'apps') return `kubectl edit ${plural}.${group}/${name}`;
  return `kubectl set image ${kind.kind.toLowerCase()}/${name} ${images.join(' ')}`;
}

/** `container=image` where the stable revision has another image; none when they differ in more, or cannot be compared. */
function stableImages({ object, related, view }: WorkloadLook): string[] {
  const isStable = (one: KubeObject): boolean => one.metadata.labels?.[view.revisionKey] === view.stableRevision;
  const stable = Object.values(related).flat().find(isStable);
  if (stable === undefined || view.templateIsStable) return [];
  const imageIn = (list: Container[], name: string) => list.find((one) => one.name === name)?.image;
  const wanted = containersOf(object);
  const serving = containersOf(stable);
  return serving.flatMap(({ name, image }) => {
    const now = imageIn(wanted, name);
    return image === undefined || now === undefined || image === now ? [] : [`${name}=${image}`];
  });
}

function idle(look: Look): Next[] {
  const { rollout, workload } = look;
  if (workload === undefined) return [];
  const { kind, object } = workload;
  if (isEscaped(object)) {
    const target = `${kind.resource.plural}.${kind.group}/${object.metadata.name}`;
    const command = `kubectl label ${target} ${LABEL.enrolled}- ${namespaceOf(look)}`;
    return [{ command, does: 'gives the workload to its Rollout again' }];
  }
  if (enrolledStyle(object) === undefined) return [];
  const container = containersOf(object)[0]?.name ?? 'CONTAINER';
  const command = `${setImage(workload, [`${container}=IMAGE`])} ${namespaceOf(look)}`;
  const count = stepsOf(rollout).length;
  return [{ command, does: `releases an update: it is held and goes out in ${count} step${count === 1 ? '' : 's'}` }];
}
