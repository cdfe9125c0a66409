import type { Rollout } from '../../api/rollout.ts';
export const violationsOf = (_rollout: Rollout): string[] => [];
