// A client that reads and does not write: each write answers as if it had been done. Commands under --dry-run run as always
// and say what they would do.

import type { Client } from '../../kube/client.ts';
import type { KubeObject } from '../../api/kube.ts';
import type { Target } from '../../objects/actions.ts';

export function withoutWrites(client: Client): Client {
  const asIs = async (target: Target): Promise<KubeObject> =>
    (await client.get(target)) ?? { metadata: { name: target.name, namespace: target.namespace } };
  return {
    get: (target, options) => client.get(target, options),
    list: (resource, options) => client.list(resource, options),
    raw: (path, options) => client.raw(path, options),
    watch: (resource, options, signal) => client.watch(resource, options, signal),
    create: (_resource, _namespace, object) => Promise.resolve(object),
    mergePatch: asIs,
    jsonPatch: asIs,
    replace: (_target, object) => Promise.resolve(object),
    createSubresource: asIs,
    post: () => Promise.resolve(undefined),
    delete: () => Promise.resolve(undefined),
  };
}
