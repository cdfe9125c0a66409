// How the API server is reached, and what proves who we are to it: what a kubeconfig or a Pod comes down to.

import type { ConnectionOptions } from 'node:tls';

export interface KubeconfigOptions {
  /** File; undefined = KUBECONFIG, else ~/.kube/config, else the Pod's own credentials. */
  kubeconfig?: string | undefined;
  context?: string | undefined;
}

export type TlsMaterial = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'
>;

export interface Credentials {
  headers: Record<string, string>;
  tls: TlsMaterial;
}

export interface Kubeconfig {
  /** Without a slash at the end. */
  server: string;
  proxyUrl: string | undefined;
  /** Namespace of the context. */
  namespace: string | undefined;
  /** Reads files and runs plugins anew as far as they are due. */
  credentials(): Promise<Credentials>;
}
