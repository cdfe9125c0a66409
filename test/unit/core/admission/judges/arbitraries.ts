// Generators of workload updates: what API servers send, what policies have held already, and anything at all.

import fc from 'fast-check';
import type { KubeObject } from '../../../../../src/api/kube.ts';
import { ANNOTATION, LABEL } from '../../../../../src/api/names.ts';
import type { Absence } from '../../../../../src/core/admission/absence.ts';
import type { Review, Snapshot } from '../../../../../src/core/admission/types.ts';
import { deployment, progressing, replicaSet, review, rollout, snapshot } from '../../../workloads/objects.ts';

const image = fc.constantFrom('v1', 'v2', 'v3');
/** Keys that need escaping in pointers, and keys that are traps in JavaScript. */
const key = fc.constantFrom('app', 'a/b~c', '~1', 'x.io/y', 'constructor', 'toString');
const userMap = fc.dictionary(key, fc.constantFrom('', 'a', 'b'), { maxKeys: 3 });

const labels = fc
  .tuple(
    userMap,
    fc.record(
      {
        [LABEL.enrolled]: fc.constantFrom('canary', 'canary', 'partition', 'false', 'nonsense'),
        [LABEL.stableRevision]: image,
        [LABEL.rolloutId]: fc.constantFrom('1', '2'),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([user, ours]) => ({ ...user, ...ours }) as Record<string, string>);

const annotations = fc
  .tuple(
    userMap,
    fc.record(
      {
        [ANNOTATION.inProgressing]: fc.constantFrom('{"rolloutName":"shop"}', 'true', '', '{'),
        [ANNOTATION.rollout]: fc.constantFrom('shop', 'other'),
        [ANNOTATION.rolloutId]: fc.constantFrom('', '1', '2'),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([user, ours]) => ({ ...user, ...ours }) as Record<string, string>);

const strategy = fc.constantFrom(
  { type: 'Recreate' },
  { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
  { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
);

const workload: fc.Arbitrary<KubeObject> = fc
  .record({
    image,
    replicas: fc.constantFrom(0, 1, 5, 5, 5),
    paused: fc.option(fc.boolean(), { nil: undefined }),
    labels: fc.option(labels, { nil: undefined }),
    annotations: fc.option(annotations, { nil: undefined }),
    strategy,
  })
  .map(({ paused, labels: some, annotations: more, ...rest }) =>
    deployment({
      ...rest,
      ...(paused === undefined ? {} : { paused }),
      ...(some === undefined ? {} : { labels: some }),
      ...(more === undefined ? {} : { annotations: more }),
    }),
  );

const reason = fc.constantFrom('Initializing', 'InRolling', 'Cancelling', 'Finalising', 'Completed');
const someRollout = fc
  .record({
    name: fc.constantFrom('shop', 'other'),
    traffic: fc.boolean(),
    disabled: fc.boolean(),
    deleting: fc.boolean(),
    style: fc.constantFrom('canary' as const, 'canary' as const, 'partition' as const, 'bluegreen' as const),
    state: fc.option(reason, { nil: undefined }),
  })
  .map(({ state, disabled, deleting, ...parts }) =>
    rollout({
      ...parts,
      disabled: disabled && parts.traffic,
      deleting: deleting && parts.traffic,
      ...(state === undefined ? {} : { status: progressing(state) }),
    }),
  );

const replicaSets = fc
  .uniqueArray(fc.tuple(image, fc.constantFrom(0, 2, 5), fc.nat(3)), { maxLength: 3, selector: ([name]) => name })
  .map((list) => list.map(([name, replicas, revision]) => replicaSet(name, replicas, revision)));

export const anySnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    rollouts: fc.uniqueArray(someRollout, { maxLength: 2, selector: ({ metadata }) => metadata.name }),
    replicaSets,
    look: fc.constantFrom('cached', 'live', 'live', 'failed'),
    namespaceTerminating: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    absence: fc.constantFrom<Absence[]>('known', 'watch-silent', 'watch-silent'),
  })
  .map(({ rollouts, replicaSets: sets, look, namespaceTerminating, absence }) =>
    snapshot({
      rollouts,
      related: { replicaSets: sets },
      live: look === 'live',
      ...(look === 'failed' ? { liveError: 'timeout' } : {}),
      namespaceTerminating,
      absence,
    }),
  );

/** What the policy makes of an update before we see it. */
const byPolicy = (next: KubeObject): KubeObject => ({
  ...next,
  metadata: {
    ...next.metadata,
    annotations: { ...next.metadata.annotations, [ANNOTATION.inProgressing]: '{"rolloutName":"shop"}' },
  },
  spec: { ...(next['spec'] as object), paused: true },
});

export const anyUpdate: fc.Arbitrary<Review> = fc
  .tuple(workload, workload, fc.boolean(), fc.boolean())
  .map(([old, next, same, policy]) => {
    const sent = same ? { ...next, metadata: { ...old.metadata } } : next;
    return review(old, policy ? byPolicy(sent) : sent);
  });

/** JSON of any shape where an object is expected. */
const junk = fc.jsonValue({ maxDepth: 3 });
const oneOfFields = (object: KubeObject): fc.Arbitrary<unknown> =>
  fc
    .tuple(fc.constantFrom('metadata', 'spec', 'status', 'kind'), junk)
    .map(([field, value]) => ({ ...object, [field]: value }));
const deep = fc
  .tuple(workload, fc.constantFrom('labels', 'annotations', 'ownerReferences', 'uid', 'name'), junk)
  .map(([object, field, value]) => ({ ...object, metadata: { ...object.metadata, [field]: value } }));

export const anyObject: fc.Arbitrary<KubeObject | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.constant(null),
  junk,
  workload,
  workload.chain(oneOfFields),
  deep,
) as fc.Arbitrary<KubeObject | undefined>;
