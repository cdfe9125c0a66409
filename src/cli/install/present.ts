// The controller's Deployment as it is in the cluster: ours, another's, or none. What nobody asks to change stays.

import type { KubeObject } from '../../api/kube.ts';
import { DEPLOYMENT_NAME } from '../../api/names.ts';
import { DEPLOYMENTS } from '../../api/resources.ts';
import { readAt } from '../../lib/json.ts';
import { DEFAULT_REPLICAS, type Pods } from '../../install/index.ts';
import type { Reader } from '../../kube/port.ts';
import { CliError, UsageError } from '../errors.ts';
import { isOurs } from './objects.ts';
import { DEFAULT_IMAGE, type Placement } from './what.ts';

export const presentDeployment = (client: Reader, { namespace }: Placement): Promise<KubeObject | undefined> =>
  client.get({ resource: DEPLOYMENTS, namespace, name: DEPLOYMENT_NAME });

export function imageOf(deployment: KubeObject): string | undefined {
  const containers = readAt(deployment, ['spec', 'template', 'spec', 'containers']) as { image?: string }[] | undefined;
  return containers?.[0]?.image;
}

export interface AskedPods {
  image?: string;
  replicas?: string;
}

/** As asked, else as it is, else the default. */
export function podsFor({ image, replicas }: AskedPods, present: KubeObject | undefined): Pods {
  const ours = present !== undefined && isOurs(present) ? present : undefined;
  const running = ours === undefined ? undefined : readAt(ours, ['spec', 'replicas']);
  return {
    image: image ?? (ours === undefined ? undefined : imageOf(ours)) ?? DEFAULT_IMAGE,
    replicas: replicasOf(replicas) ?? (typeof running === 'number' ? running : DEFAULT_REPLICAS),
  };
}

function replicasOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new UsageError(`error: --replicas is "${text}"; it must be a whole number from 0 to 999`);
}

/** Another controller under our name acts on the same objects; nothing is changed before it is gone. */
export function refuseForeign({ namespace, webhookUrl }: Placement, present: KubeObject | undefined): void {
  if (webhookUrl !== undefined || present === undefined || isOurs(present)) return;
  const image = imageOf(present) ?? 'unknown image';
  throw new CliError(
    `error: Deployment ${namespace}/${DEPLOYMENT_NAME} (${image}) is not Sluice; two controllers must not act at once. ` +
      `What is held stays held meanwhile, so delete it and install again: ` +
      `kubectl delete deployment ${DEPLOYMENT_NAME} -n ${namespace}`,
  );
}
