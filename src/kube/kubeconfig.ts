// Reads a kubeconfig, or the Pod's own credentials: which server, which TLS material, which headers. What is not plain (plugins,
// proxies, several files) goes through the official client, of which only the configuration part is used; it would open a new
// connection for every call.

import type * as Official from '@kubernetes/client-node';
import type { Kubeconfig, KubeconfigOptions, TlsMaterial } from './credentials.ts';
import { plainKubeconfig } from './plain-kubeconfig.ts';

export type * from './credentials.ts';

export const loadKubeconfig = async (options: KubeconfigOptions): Promise<Kubeconfig> =>
  (await plainKubeconfig(options)) ?? (await officialKubeconfig(options));

async function officialKubeconfig(options: KubeconfigOptions): Promise<Kubeconfig> {
  // Takes most of a second to load, so only who needs it pays for it.
  const official = await import('./official-client.ts');
  let material: TlsMaterial = {};
  /** Hands out the TLS material that the client gathers for a connection pool, instead of making a pool for every call. */
  class Capturing extends official.KubeConfig {
    override createDispatcherOptions(_cluster: unknown, gathered: TlsMaterial): Official.DispatcherOptions {
      material = given(gathered);
      return { type: 'none' };
    }
  }
  const config = new Capturing();
  read(config, options);
  const cluster = clusterOf(config, options);
  return {
    server: cluster.server.replace(/\/+$/, ''),
    proxyUrl: cluster.proxyUrl,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    async credentials() {
      const request = new official.RequestContext(cluster.server, official.HttpMethod.GET);
      await config.applySecurityAuthentication(request);
      return { headers: request.getHeaders(), tls: material };
    },
  };
}

function read(config: Official.KubeConfig, { kubeconfig }: KubeconfigOptions): void {
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    const what = kubeconfig === undefined ? 'the kubeconfig' : `the kubeconfig ${kubeconfig}`;
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(`${what} cannot be used: ${text}`, { cause: error });
  }
}

/** What the official client falls back to when it has found nothing; no cluster listens there by intention. */
const FALLBACK = 'http://localhost:8080';

function clusterOf(config: Official.KubeConfig, { kubeconfig, context }: KubeconfigOptions): Official.Cluster {
  if (context !== undefined) {
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(context)) {
      throw new Error(`context ${JSON.stringify(context)} is not in the kubeconfig; known are: ${known.join(', ')}`);
    }
    config.setCurrentContext(context);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null || (kubeconfig === undefined && cluster.server === FALLBACK && cluster.name === 'cluster')) {
    throw new Error('no cluster is configured: give --kubeconfig, set KUBECONFIG, or run in a Pod');
  }
  return cluster;
}

const given = (material: TlsMaterial): TlsMaterial =>
  Object.fromEntries(Object.entries(material).filter(([, value]) => value !== undefined && value !== null));
