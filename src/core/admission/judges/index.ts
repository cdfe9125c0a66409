// The registry of admission judges: one line each. Several that are asked about one review judge it in this order, each seeing
// the object as those before left it. Paths of the server, webhook configurations and rights are derived from it.

import type { Judge } from '../judge.ts';
import { holdJudge } from './hold.ts';
import { rolloutJudge } from './rollout-rules.ts';

export const JUDGES: readonly Judge[] = [holdJudge, rolloutJudge];
