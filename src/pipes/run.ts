// One pass of any pipe: key -> observe -> plan -> perform. What every pipe needs around its plan stands here, once.

import { planned } from '../gather/answers.ts';
import type { Observer } from '../gather/observer.ts';
import type { Reconciler } from '../runtime/controller.ts';
import { Attempts } from './attempts.ts';
import { perform, type Performer } from './perform.ts';
import type { LastAttempt, Pipe } from './pipe.ts';
import type { AnnouncedWaits } from './announced-waits.ts';

/** What every pipe reads and writes with, and what they remember together. */
export interface Shell {
  observer: Observer;
  performer: Performer;
  announcedWaits: AnnouncedWaits;
}

export function reconcilerOf(pipe: Pipe, { observer, performer, announcedWaits }: Shell): Reconciler {
  const attempts = new Attempts();
  return {
    name: pipe.name,
    async reconcile(key, signal) {
      const announced: LastAttempt['announced'] = (name, text) => announcedWaits.of(name, key, text);
      const last = { ...attempts.last(key), announced };
      const observed = await pipe.observe(key, observer, signal);
      if (observed === undefined) {
        announcedWaits.forget(pipe.name, key);
        attempts.forget(key);
        return {};
      }
      const plan = await planned(observer.reader, signal, (answers) => pipe.plan(observed, last, answers));
      const about = pipe.about(observed, key);
      announcedWaits.note(pipe.name, key, plan);
      const attempt = () => perform(performer, about, plan, signal);
      const { nameTaken: _taken, ...result } = await attempts.note(key, attempt);
      return pipe.looksAgain?.(plan) === true ? { ...result, again: true } : result;
    },
  };
}
