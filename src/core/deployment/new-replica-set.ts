// The ReplicaSet of a new revision, as kube-controller-manager would make it: it takes it over when the release has ended.

import type { JsonObject, KubeObject, OwnerReference, PodTemplate } from '../../api/kube.ts';
import { ANNOTATION, LABEL } from '../../api/names.ts';
import { DEPLOYMENT, hashesOf } from '../../workloads/deployment.ts';
import { statusCount, templateHashOf } from '../../workloads/replica-sets.ts';
import { isObject, readAt } from '../../lib/json.ts';
import { computeHash, templateOf } from '../../objects/revision.ts';
import type { DeploymentObserved } from './deployment-observed.ts';

const MAX_NAME = 253;

const deploymentOwner = ({ metadata }: KubeObject): OwnerReference => ({
  apiVersion: `${DEPLOYMENT.group}/${DEPLOYMENT.version}`,
  kind: DEPLOYMENT.kind,
  name: metadata.name,
  uid: metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});

const nameFor = (deployment: string, hash: string): string =>
  `${deployment.slice(0, MAX_NAME - hash.length - 1)}-${hash}`;

/** A function of the template, so a create repeated after a crash finds the first one; the next when that name is taken. */
function hashFor({ deployment, replicaSets, namesTaken }: DeploymentObserved): string {
  const template = templateOf(deployment);
  const { templateHash: wanted } = hashesOf(deployment);
  const collisions = statusCount(deployment, 'collisionCount');
  for (let count = collisions + namesTaken; ; count += 1) {
    const hash = computeHash(template, count === 0 ? undefined : count);
    const name = nameFor(deployment.metadata.name, hash);
    const other = replicaSets.find(({ metadata }) => metadata.name === name);
    if (other === undefined || templateHashOf(other) === wanted) return hash;
  }
}

const highest = (replicaSets: readonly KubeObject[]): number =>
  replicaSets.reduce((top, { metadata }) => {
    const revision = Number(metadata.annotations?.[ANNOTATION.deploymentRevision] ?? '0');
    return Number.isSafeInteger(revision) ? Math.max(top, revision) : top;
  }, 0);

function marked(template: PodTemplate | undefined, hash: string): JsonObject {
  const metadata = template?.metadata ?? {};
  const labels = { ...metadata.labels, [LABEL.podTemplateHash]: hash };
  return { ...template, metadata: { ...metadata, labels } } as unknown as JsonObject;
}

/** `sizes` are the annotations that say what the ReplicaSet was sized for. */
export function newReplicaSet(o: DeploymentObserved, replicas: number, sizes: Record<string, string>): KubeObject {
  const { deployment, replicaSets } = o;
  const { name, namespace } = deployment.metadata;
  const hash = hashFor(o);
  const template = marked(templateOf(deployment), hash);
  const selector = readAt(deployment, ['spec', 'selector']);
  const matchLabels = readAt(selector, ['matchLabels']);
  const minReadySeconds = readAt(deployment, ['spec', 'minReadySeconds']);
  return {
    apiVersion: `${DEPLOYMENT.group}/${DEPLOYMENT.version}`,
    kind: 'ReplicaSet',
    metadata: {
      name: nameFor(name, hash),
      ...(namespace === undefined ? {} : { namespace }),
      labels: (template['metadata'] as { labels: Record<string, string> }).labels,
      annotations: { [ANNOTATION.deploymentRevision]: String(highest(replicaSets) + 1), ...sizes },
      ownerReferences: [deploymentOwner(deployment)],
    },
    spec: {
      replicas,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: {
        ...(isObject(selector) ? selector : {}),
        matchLabels: { ...(isObject(matchLabels) ? matchLabels : {}), [LABEL.podTemplateHash]: hash },
      },
      template,
    },
  };
}
