// What is left to do after an installation: the controller must run somewhere.

import { readAt } from '../../core/json-patch.ts';
import {
  CONVERSION_SERVICE_NAME,
  DEFAULT_NAMESPACE,
  DEPLOYMENT_NAME,
  SERVICE_ACCOUNT_NAME,
  WEBHOOK_SERVICE_NAME,
} from '../../api/names.ts';
import type { KubeObject } from '../../api/kube.ts';
import { isOurs } from './objects.ts';
import type { Placement } from './what.ts';

/** `present`: the controller's Deployment as it is in the cluster, ours or another's. */
export function nextText(placement: Placement, present: KubeObject | undefined, program: string): string {
  const lines = [...controllerLines(placement, present), `Then look at your Rollouts: ${program} get -A`];
  return `\n${lines.join('\n')}\n`;
}

function controllerLines(placement: Placement, present: KubeObject | undefined): string[] {
  const { namespace } = placement;
  if (present === undefined) return startLines(placement);
  if (isOurs(present)) return [`The controller runs as Deployment ${namespace}/${DEPLOYMENT_NAME}.`];
  const images =
    (readAt(present, ['spec', 'template', 'spec', 'containers']) as { image?: string }[] | undefined) ?? [];
  const image = images[0]?.image ?? 'unknown image';
  return [
    `Deployment ${namespace}/${DEPLOYMENT_NAME} (${image}) is not Sluice and holds the lease: delete it, then:`,
    ...startLines(placement),
  ];
}

function startLines({ namespace, webhookUrl }: Placement): string[] {
  if (webhookUrl !== undefined) {
    const elsewhere = namespace === DEFAULT_NAMESPACE ? '' : ` --namespace ${namespace}`;
    return [
      'Next: start the controller; until it runs, no update is held:',
      `  sluice serve --webhook-url ${webhookUrl}${elsewhere}`,
    ];
  }
  return [
    'Next: run the controller in the cluster; until it runs, no update is held:',
    `  sluice serve, in namespace ${namespace} as ServiceAccount ${SERVICE_ACCOUNT_NAME},`,
    `  behind the Services ${WEBHOOK_SERVICE_NAME} and ${CONVERSION_SERVICE_NAME}`,
    'or outside of it: install again with --webhook-url https://HOST:PORT',
  ];
}
