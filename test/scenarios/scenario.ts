// A scenario: what it is called, what it says of itself in docs/conformance.md, and what a user does in it, in order.

import type { Route } from './route.ts';
import type { Scene } from './scene.ts';
import type { Subject } from './subject.ts';

export interface Step {
  /** Percent of the pods. */
  pods: number;
  /** Percent of the requests; absent: the step steers none. */
  requests?: number;
}

export interface Scenario {
  name: string;
  tells: string;
  steps: readonly Step[];
  /** Of the Rollout. */
  annotations?: Record<string, string>;
  /** Why it does not apply, in words; undefined = it does. */
  unless?(subject: Subject, route: Route): string | undefined;
  play(on: Scene): Promise<void>;
}

export const V1 = 'cilium/echoserver:1.10.2';
export const V2 = 'cilium/echoserver:1.10.3';
export const V3 = 'cilium/echoserver:1.10.4';
/** Never starts: its pods stay Pending. */
export const BROKEN = 'cilium/echoserver:failed';
