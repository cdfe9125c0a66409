// One pass of any pipe: key -> observe -> plan -> perform. What every pipe needs around its plan stands here, once.

import type { Plan } from '../objects/actions.ts';
import type { Observer } from '../gather/observer.ts';
import type { Reconciler } from '../runtime/controller.ts';
import { Attempts } from './attempts.ts';
import { perform, type Performer } from './perform.ts';
import type { LastAttempt, Live, Pipe } from './pipe.ts';

/** What every pipe reads and writes with. */
export interface Shell {
  observer: Observer;
  performer: Performer;
}

export function reconcilerOf(pipe: Pipe, { observer, performer }: Shell): Reconciler {
  const attempts = new Attempts();
  return {
    name: pipe.name,
    async reconcile(key, signal) {
      const last = attempts.last(key);
      const observed = await pipe.observe(key, observer, signal);
      if (observed === undefined) return {};
      const plan = await planned(pipe, observed, last, { observer, signal });
      const about = pipe.about(observed, key);
      const { nameTaken: _taken, ...result } = await attempts.note(key, () => perform(performer, about, plan, signal));
      return pipe.looksAgain?.(plan) === true ? { ...result, again: true } : result;
    },
  };
}

/** The one place where plans are made: a plan that asks for more is answered here and made again. */
async function planned(pipe: Pipe, observed: unknown, last: LastAttempt, live: Live): Promise<Plan> {
  return pipe.plan(observed, last, live);
}
