// The connection of a command: as the user of the kubeconfig, with everything that belongs to it.

import { connect as connectAs } from '../kube/auth.ts';
import { createClient, type Client } from '../kube/client.ts';

export interface ClusterOptions {
  kubeconfig?: string | undefined;
  context?: string | undefined;
}

export interface Cluster {
  client: Client;
  /** For messages. */
  server: string;
  /** Namespace of the kubeconfig's context. */
  namespace: string;
  close(): Promise<void>;
}

export async function connectCluster(options: ClusterOptions): Promise<Cluster> {
  const connection = await connectAs(options);
  return {
    client: createClient(connection, { userAgent: 'sluice-cli' }),
    server: connection.server,
    namespace: connection.namespace ?? 'default',
    close: () => connection.close(),
  };
}
