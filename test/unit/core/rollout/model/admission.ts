// The hold, as far as the control plans see it: what becomes of a user's update of the workload.

import type { KubeObject, PodTemplate } from '../../../../../src/api/kube.ts';
import { ANNOTATION, CONDITION, LABEL, PHASE, PROGRESSING_REASON } from '../../../../../src/api/names.ts';
import { REPLICA_SETS, ROLLOUTS } from '../../../../../src/api/resources.ts';
import type { Rollout } from '../../../../../src/api/rollout.ts';
import { sameTemplate } from '../../../../../src/objects/revision.ts';
import { conditionOf } from '../../../../../src/objects/status.ts';
import { inProgressOf, inProgressValue, isEscaped } from '../../../../../src/objects/marks.ts';
import { Refusal, type ApiServer } from './api-server.ts';

type Spec = { replicas: number; paused?: boolean; template: PodTemplate };
const specOf = (object: KubeObject): Spec => object['spec'] as Spec;

const isUnderWay = (object: KubeObject): boolean =>
  specOf(object).paused === true && inProgressOf(object) !== undefined;

function activeOf(server: ApiServer, { metadata }: KubeObject): KubeObject[] {
  return server.list(REPLICA_SETS).filter((one) => {
    return (one.metadata.ownerReferences ?? []).some(({ uid }) => uid === metadata.uid) && specOf(one).replicas > 0;
  });
}

function held(next: KubeObject, stable: string | undefined): KubeObject {
  const { metadata } = next;
  return {
    ...next,
    metadata: {
      ...metadata,
      labels: {
        ...metadata.labels,
        [LABEL.enrolled]: 'canary',
        ...(stable === undefined ? {} : { [LABEL.stableRevision]: stable }),
      },
      annotations: { ...metadata.annotations, [ANNOTATION.inProgressing]: inProgressValue(metadata.name) },
    },
    spec: { ...specOf(next), paused: true },
  };
}

const governorOf = (server: ApiServer, name: string): Rollout | undefined => {
  const rollout = server.get(ROLLOUTS, name) as Rollout | undefined;
  return rollout?.metadata.deletionTimestamp !== undefined || rollout?.spec.disabled === true ? undefined : rollout;
};

/** The object as it is stored; throws when the update is refused. `alone`: the policy holds, no webhook answers. */
export function admit(server: ApiServer, old: KubeObject, next: KubeObject, alone: boolean): KubeObject {
  if (isEscaped(next)) return next;
  if (isUnderWay(old)) {
    const mark = old.metadata.annotations?.[ANNOTATION.inProgressing] ?? '';
    const kept = held(next, old.metadata.labels?.[LABEL.stableRevision]);
    return {
      ...kept,
      metadata: { ...kept.metadata, annotations: { ...kept.metadata.annotations, [ANNOTATION.inProgressing]: mark } },
    };
  }
  const rollout = governorOf(server, old.metadata.name);
  const changed = !sameTemplate(specOf(old).template, specOf(next).template);
  if (rollout === undefined || !changed || specOf(old).replicas === 0 || specOf(next).replicas === 0) return next;
  if (alone) return held(next, undefined);
  const active = activeOf(server, old);
  const hashOf = (one: KubeObject): string => one.metadata.labels?.[LABEL.podTemplateHash] ?? '';
  const isPromoting =
    rollout.status?.phase === PHASE.progressing &&
    conditionOf(rollout.status.conditions, CONDITION.progressing)?.reason === PROGRESSING_REASON.finalising;
  if (isPromoting) {
    const stable = server
      .list(REPLICA_SETS)
      .find((one) => hashOf(one) === (rollout.status?.canaryStatus?.stableRevision ?? ''));
    if (stable !== undefined && sameTemplate(specOf(stable).template, specOf(next).template)) return next;
    throw new Refusal('Denied', 'the promotion is running');
  }
  // A roll-out outside a release: not enrolled until one revision serves.
  if (active.length > 1) return next;
  const [stable] = active;
  return stable === undefined ? next : held(next, hashOf(stable));
}
