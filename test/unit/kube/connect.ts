// A connection without credentials to a fake API server.

import { Agent } from 'undici';
import type { Resource } from '../../../src/api/kube.ts';
import type { Connection } from '../../../src/kube/transport.ts';

export const connect = (
  server: string,
  headers: () => Record<string, string> = () => ({}),
): Connection & { invalidated: number } => {
  const dispatcher = new Agent({ allowH2: false });
  return {
    server,
    dispatcher,
    headers: async () => headers(),
    invalidated: 0,
    invalidate() {
      this.invalidated += 1;
    },
    close: () => dispatcher.destroy(),
  };
};

export const PODS: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
export const DEPLOYMENTS: Resource = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
};
