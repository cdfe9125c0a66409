// The controller's Lease, wherever the installation is: of several (one left behind by an old installation) the one that was
// renewed last. Users who may not list Leases of all namespaces see the one in the default namespace.

import type { KubeObject } from '../../api/kube.ts';
import { DEFAULT_NAMESPACE, LEASE_NAME } from '../../api/names.ts';
import { LEASES } from '../../api/resources.ts';
import { readAt } from '../../lib/json.ts';
import type { Reader } from '../../kube/port.ts';
import { isKubeError } from '../../kube/errors.ts';

const renewedAt = (lease: KubeObject): number => Date.parse(String(readAt(lease, ['spec', 'renewTime']))) || 0;

/** undefined = there is none; 'hidden' = it may not be read. */
export async function findLease(client: Reader): Promise<KubeObject | 'hidden' | undefined> {
  try {
    const { items } = await client.list(LEASES, { name: LEASE_NAME });
    return items.sort((a, b) => renewedAt(b) - renewedAt(a))[0];
  } catch (error) {
    if (!isForbidden(error)) throw error;
  }
  try {
    return await client.get({ resource: LEASES, namespace: DEFAULT_NAMESPACE, name: LEASE_NAME });
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return 'hidden';
  }
}

const isForbidden = (error: unknown): boolean => isKubeError(error) && error.status === 403;
