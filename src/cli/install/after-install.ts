// What is left to do after an installation: the controller must run somewhere, and only once.

import { DEFAULT_NAMESPACE, DEPLOYMENT_NAME } from '../../api/names.ts';
import type { KubeObject } from '../../api/kube.ts';
import { LEARN, type Pods, type WorkloadResource } from '../../install/index.ts';
import { isOurs } from './objects.ts';
import { imageOf } from './present.ts';
import { DEFAULT_IMAGE, type Placement } from './what.ts';

export interface Installed {
  placement: Placement;
  pods: Pods;
  /** Custom resources that are released. */
  workloads: readonly WorkloadResource[];
  /** The controller's Deployment as it was before, ours or another's. */
  present: KubeObject | undefined;
}

export function nextText(installed: Installed, program: string): string {
  const lines = installed.placement.webhookUrl === undefined ? insideLines(installed) : outsideLines(installed);
  return `\n${[...lines, `Then look at your Rollouts: ${program} get -A`].join('\n')}\n`;
}

function insideLines({ placement: { namespace }, pods: { image, replicas } }: Installed): string[] {
  const built =
    image === DEFAULT_IMAGE
      ? ['(Its image is the one that you build from the Dockerfile; --image names another.)']
      : [];
  return [
    `The controller runs as Deployment ${namespace}/${DEPLOYMENT_NAME}: ${replicas} of ${image}.`,
    ...built,
    'Next: wait until it is ready; until then, no update is held:',
    `  kubectl rollout status deployment/${DEPLOYMENT_NAME} -n ${namespace}`,
  ];
}

function outsideLines({ placement, workloads, present }: Installed): string[] {
  const start = startLines(placement, workloads.length > 0 ? ` ${LEARN}` : '');
  if (present === undefined) return start;
  const place = `${placement.namespace}/${DEPLOYMENT_NAME}`;
  const image = imageOf(present) ?? 'unknown image';
  const what = isOurs(present)
    ? `Deployment ${place} still runs in the cluster and may lead: delete it, then:`
    : `Deployment ${place} (${image}) is not Sluice and holds the lease: delete it, then:`;
  return [what, ...start];
}

function startLines({ namespace, webhookUrl }: Placement, flags: string): string[] {
  const elsewhere = namespace === DEFAULT_NAMESPACE ? '' : ` --namespace ${namespace}`;
  return [
    'Next: start the controller; until it runs, no update is held:',
    `  sluice serve --webhook-url ${webhookUrl ?? ''}${elsewhere}${flags}`,
  ];
}
