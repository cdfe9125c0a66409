// The contract of an Ingress class: which annotations of the canary Ingress make its controller split traffic.

import type { Strings } from '../../api/kube.ts';
import type { DesiredRoute } from '../provider.ts';

export interface IngressClass {
  /** Value of `trafficRoutings[].ingress.classType`. */
  name: string;
  /** All annotations that the split needs; pure and complete, so others of ours are stale. */
  annotations(desired: Pick<DesiredRoute, 'weight' | 'matches' | 'requestHeaderModifier'>): Strings;
  /** The key belongs to the split: never copied from the stable Ingress, removed when not wanted. */
  owns(key: string): boolean;
}
