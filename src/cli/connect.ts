// The connection of a command: as the user of the kubeconfig, with everything that belongs to it.

import { connect as connectAs } from '../kube/auth.ts';
import { createClient } from '../kube/client.ts';
import type { Cluster, ClusterOptions } from './environment.ts';

export async function connect(options: ClusterOptions): Promise<Cluster> {
  const connection = await connectAs(options);
  return {
    client: createClient(connection, { userAgent: 'sluice-cli' }),
    server: connection.server,
    namespace: connection.namespace ?? 'default',
    close: () => connection.close(),
  };
}
