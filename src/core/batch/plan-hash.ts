// Identity of a release plan: status.observedReleasePlanHash tells whether the status is about the plan as it is now.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../revision.ts';

export const planHash = (plan: unknown): string => bytesToHex(sha256(utf8ToBytes(canonicalJson(plan))));
