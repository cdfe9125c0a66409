// The cluster's three simulated nodes, and the condition under which a cluster can be used: nodes ready and untainted,
// default service account present (Pods are refused before).
import { create, get } from './api.ts';
import type { ApiAccess } from './kubeconfig.ts';
import { readAccess } from './kubeconfig.ts';
import type { Layout } from './paths.ts';
import type { ProcessStatus } from './status.ts';

const NODE_NAMES = ['node-1', 'node-2', 'node-3'] as const;

/** Marks the nodes that KWOK plays; with kind, the control plane's own node does not carry it. */
export const SIMULATED = 'kwok.x-k8s.io/node';

interface Node {
  metadata: { name: string; annotations?: Record<string, string> };
  spec: { taints?: unknown[] };
  status: { conditions?: { type: string; status: string }[] };
}

/** A node that KWOK plays; no taint, so that ordinary Pods land on it. */
export function nodeObject(name: string): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { [SIMULATED]: 'fake', 'node.alpha.kubernetes.io/ttl': '0' },
      labels: {
        type: 'kwok',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/role': 'agent',
        'node-role.kubernetes.io/agent': '',
      },
    },
  };
}

/** Creates the nodes that are missing. */
export async function createNodes(access: ApiAccess): Promise<void> {
  await Promise.all(NODE_NAMES.map((name) => create(access, '/api/v1/nodes', nodeObject(name))));
}

function isReady(node: Node): boolean {
  if (!node.metadata.annotations?.[SIMULATED]) return false;
  const ready = node.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return ready === true && !node.spec.taints?.length;
}

/** How many of the simulated nodes take Pods. */
export async function readyNodes(access: ApiAccess): Promise<{ ready: number; wanted: number }> {
  const list = await get<{ items: Node[] }>(access, '/api/v1/nodes');
  return { ready: list?.items.filter(isReady).length ?? 0, wanted: NODE_NAMES.length };
}

/** The nodes as a row of the status table; none are ready where the API server does not answer. */
export async function nodesStatus(layout: Layout): Promise<ProcessStatus> {
  const count = async (): Promise<{ ready: number; wanted: number }> => readyNodes(readAccess(layout.kubeconfig));
  const { ready, wanted } = await count().catch(() => ({ ready: 0, wanted: NODE_NAMES.length }));
  return { name: `nodes (${ready} of ${wanted})`, ready: ready === wanted };
}

/** Undefined until Pods can be created and scheduled. */
export async function usable(access: ApiAccess): Promise<true | undefined> {
  const { ready, wanted } = await readyNodes(access);
  if (ready < wanted) throw new Error(`${ready} of ${wanted} nodes are ready`);
  const account = await get(access, '/api/v1/namespaces/default/serviceaccounts/default');
  if (!account) throw new Error('the default service account is missing');
  return true;
}
