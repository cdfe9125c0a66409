// Grace periods: when a Service or a route was changed last, and whether everybody has had the time to notice. Counted from the
// last write of each object, or from what the status tells of what was taken away.

import { WAIT, type FinalisingStep } from '../../api/names.ts';
import { timeText } from '../../objects/status.ts';
import { changedAt, latest, remembered, type Watched } from '../../objects/write-times.ts';
import { DONE, waits, type Outcome, type Waits } from '../tasks/outcome.ts';
import { watchedIn, type TrafficScene } from './scene.ts';
import { WRITING_MS } from './traffic-removal.ts';

/** When a task that matches took something away; exact where the process remembers the write. */
function removedAt(scene: TrafficScene, matches: (task: string) => boolean): number | undefined {
  const { lastRemoval, memory } = scene;
  if (lastRemoval === undefined || !matches(lastRemoval.by)) return undefined;
  const known = latest(...watchedIn(scene).map((one) => remembered(memory, one)));
  return known !== undefined && known >= lastRemoval.at ? known : lastRemoval.at + WRITING_MS;
}

/** Done when the grace after `since` is over. */
function isOver({ graceMs, now }: TrafficScene, since: number | undefined, what: string): Outcome {
  if (since === undefined) return DONE;
  return since + graceMs <= now ? DONE : graceSince(since, graceMs, what);
}

function graceSince(since: number, graceMs: number, what: string): Waits {
  const until = since + graceMs;
  const text = `${what}; waits since ${timeText(since)} until ${timeText(until)} for everybody to notice`;
  return waits(WAIT.grace, text, { facts: [what], until });
}

/** What is waited for after a change that is made now; undefined = nothing. */
export const graceAfter = ({ graceMs, now }: TrafficScene, what: string): Waits | undefined =>
  graceMs > 0 ? graceSince(now, graceMs, what) : undefined;

/** The grace after whatever changed last is over. What `task` itself has failed to take away does not count. */
export function isSettled(scene: TrafficScene, task?: FinalisingStep): Outcome {
  const times = watchedIn(scene).map((one) => changedAt(scene.memory, one));
  const removalTime = removedAt(scene, (other) => other !== task);
  return isOver(scene, latest(...times, removalTime), scene.unsettled);
}

/** The grace after our last write to this object is over. */
export const isWriteNoticed = (scene: TrafficScene, one: Watched, what: string): Outcome =>
  isOver(scene, changedAt(scene.memory, one), what);

/** The grace after this task took something away from one of `from` is over. */
export function isNoticed(
  scene: TrafficScene,
  task: FinalisingStep,
  from: readonly Omit<Watched, 'object'>[],
  what: string,
): Outcome {
  const times = from.map((one) => remembered(scene.memory, one));
  const removalTime = removedAt(scene, (other) => other === task);
  return isOver(scene, latest(...times, removalTime), what);
}
