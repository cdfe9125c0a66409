// The contract of an Ingress class: which annotations of the canary Ingress make its controller split traffic.

import type { Strings } from '../../api/kube.ts';
import type { HttpMatch } from '../../api/rollout.ts';
import type { Branch } from '../provider.ts';

export interface IngressClass {
  /** Value of `trafficRoutings[].ingress.classType`. */
  name: string;
  /** `spec.controller` of IngressClasses whose controllers read these annotations: many are named by whoever installs them. */
  controllers: readonly RegExp[];
  /** What it can tell requests by; a match with none of these cannot be split off. */
  reads: readonly (keyof HttpMatch)[];
  /** All annotations that the split needs; pure and complete, so others of ours are stale. `present`: of the user's Ingress. */
  annotations(branch: Pick<Branch, 'weight' | 'matches' | 'headers'>, present: Strings): Strings;
  /** The key belongs to the split: never copied from the stable Ingress, removed when not wanted. */
  owns(key: string): boolean;
}
