// What the table needs to know of a workload kind and style to play any scenario with it. One adapter a file in subjects/;
// table.ts lists them, and a contract test asks for one for each line of the registry.

import type { JsonObject, KubeObject, Resource } from '../../src/api/kube.ts';
import type { Style } from '../../src/api/style.ts';
import type { Needs } from './stage.ts';

export const NAME = 'shop';
export const REPLICAS = 4;
const LABELS = { app: NAME };

export interface Subject extends Needs {
  name: string;
  /** `group/Kind/style` as the registry has it; undefined for a kind that a cluster brings itself. */
  registered: string | undefined;
  style: Style;
  resource: Resource;
  /** Strategy fields beside steps and routing. */
  strategy: object;
  /** Pods below spec.replicas that its style may cost at any moment of a release. */
  maxUnavailable: number;
  /** Pods that a scale-up adds run the new revision, whatever the step allows: how Kubernetes creates them. */
  addedPodsAreNew: boolean;
  /** A rollback goes through the steps where the Rollout asks for it. */
  rollsBackInBatches: boolean;
  /** Fields of spec beside replicas, selector and template. */
  spec: object;
}

export const templateWith = (image: string): JsonObject => ({
  metadata: { labels: LABELS },
  spec: { containers: [{ name: NAME, image, ports: [{ containerPort: 8080 }] }] },
});

/** As a user writes it. */
export const workloadOf = (subject: Subject, namespace: string, image: string): KubeObject => ({
  apiVersion: `${subject.resource.group}/${subject.resource.version}`,
  kind: subject.resource.kind,
  metadata: { name: NAME, namespace, labels: LABELS, annotations: { team: 'shop' } },
  spec: { replicas: REPLICAS, selector: { matchLabels: LABELS }, template: templateWith(image), ...subject.spec },
});

export const isRolledOut = (workload: KubeObject): boolean => {
  const { metadata, spec, status } = workload as KubeObject & Record<'spec' | 'status', Record<string, number>>;
  return (
    status?.['observedGeneration'] === metadata.generation &&
    status?.['updatedReplicas'] === spec['replicas'] &&
    status?.['readyReplicas'] === spec['replicas']
  );
};
