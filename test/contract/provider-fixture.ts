// What the contract of traffic providers needs of each of them: route objects as users write them, at random, and what users do
// to them while a release goes on.

import type fc from 'fast-check';
import type { KubeObject } from '../../src/api/kube.ts';
import type { TrafficRoutingRef } from '../../src/api/rollout.ts';

/** What a user does: to the object as it is now, and to the object as it would be without any release. */
export type Edit = (live: KubeObject, theirs: KubeObject) => { live: KubeObject; theirs: KubeObject };

export interface ProviderFixture {
  ref: TrafficRoutingRef;
  /** How many branches of one Service it can carry. */
  branches: number;
  /** The user's route object, unknown fields included. */
  object: fc.Arbitrary<KubeObject>;
  edit: fc.Arbitrary<Edit>;
}
