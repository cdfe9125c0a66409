// Runs a release to its end, as a user who approves each step, with something happening after the n-th write.

import { Refusal, type Write } from './api-server.ts';
import { SLUICE } from './controller.ts';
import type { RolloutParts } from './objects.ts';
import { World } from './world.ts';

export interface Happening {
  /** After the write with this index; the user's update to v2 is 0. */
  at: number;
  does(world: World): void;
}

export interface Scenario {
  parts?: RolloutParts;
  happenings?: Happening[];
  /** Something befalls the process right after its write with this index, once. */
  fault?: { at: number; error: new () => Error };
  /** Called whenever nothing moves by itself any more; true = it did something. Approves by default. */
  onQuiet?(world: World): boolean;
  /** The tables of the process learn last what others have written. */
  tablesLag?: boolean;
  /** Before the update to v2. */
  prepare?(world: World): void;
}

const ENOUGH = 60;

/** A person who confirms what waits for confirmation. */
export function approveWaiting(world: World): boolean {
  if (!world.isWaitingForApproval) return false;
  world.approve();
  return true;
}

/** A user whose update is refused for now comes back with it; what is gone needs nothing more. */
class Patient {
  #pending: Happening['does'][] = [];

  attempt(world: World, does: Happening['does']): void {
    try {
      does(world);
    } catch (error) {
      if (error instanceof Refusal && error.reason === 'Denied') this.#pending.push(does);
      else if (!(error instanceof Refusal && error.reason === 'NotFound')) throw error;
    }
  }

  retry(world: World): boolean {
    const pending = this.#pending;
    this.#pending = [];
    for (const does of pending) this.attempt(world, does);
    return pending.length > this.#pending.length;
  }
}

export async function play(scenario: Scenario = {}): Promise<World> {
  const world = await World.of(scenario.parts);
  world.tablesLag = scenario.tablesLag === true;
  scenario.prepare?.(world);
  world.writes.length = 0;
  const user = new Patient();
  const waiting = [...(scenario.happenings ?? [])];
  world.onWrite = (write: Write, index) => {
    const due = waiting.filter(({ at }) => at <= index);
    for (const happening of due) waiting.splice(waiting.indexOf(happening), 1);
    for (const { does } of due) user.attempt(world, does);
    if (index === scenario.fault?.at && write.actor === SLUICE) throw new scenario.fault.error();
  };
  world.later = (writes, does) => void waiting.push({ at: world.writes.length - 1 + writes, does });
  world.setImage('v2');
  const onQuiet = scenario.onQuiet ?? approveWaiting;
  for (let rounds = 0; rounds < ENOUGH; rounds += 1) {
    await world.advanceUntilQuiet();
    const retried = user.retry(world);
    if (!retried && !onQuiet(world)) return world;
  }
  throw new Error(`no end: ${world.describe()}`);
}

/** Indexes of the writes of Sluice and of the user, of which every n-th is taken: where something else may come in between. */
export async function momentsOf(scenario: Scenario, every = 1): Promise<number[]> {
  const { writes } = await play(scenario);
  const moments = writes.flatMap(({ actor }, index) => (actor === SLUICE || actor === 'kubectl' ? [index] : []));
  return moments.filter((_, index) => index % every === 0);
}

/** Plays the scenario once for each moment; the first that fails is named. */
export async function atEachMoment(
  scenario: Scenario,
  does: Happening['does'],
  check: (world: World) => void | Promise<void>,
  every = 1,
): Promise<void> {
  for (const at of await momentsOf(scenario, every)) {
    try {
      await check(await play({ ...scenario, happenings: [{ at, does }] }));
    } catch (error) {
      throw new Error(`after write ${at}: ${String(error)}`, { cause: error });
    }
  }
}
