// Identity of a release plan: status.observedReleasePlanHash tells whether the status is about the plan as it is now.

import { sha256Hex } from '../../lib/hash.ts';
import { canonicalJson } from '../../lib/json.ts';

export const planHash = (plan: unknown): string => sha256Hex(canonicalJson(plan));
