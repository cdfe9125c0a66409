// The parts of a kubeconfig that a proxy needs: where the API server is, whom to trust, and who its user is.

import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

interface Kubeconfig {
  clusters: { name: string; cluster: Record<string, string> }[];
  users: { name: string; user: Record<string, string> }[];
}

export interface Access {
  config: Kubeconfig;
  server: string;
  ca: string;
  cert: string;
  key: string;
}

export async function readKubeconfig(path: string): Promise<Access> {
  const config = parse(await readFile(path, 'utf8')) as Kubeconfig;
  const cluster = config.clusters[0]?.cluster ?? {};
  const user = config.users[0]?.user ?? {};
  const pem = async (from: Record<string, string>, field: string): Promise<string> => {
    const inline = from[`${field}-data`];
    return inline === undefined ? readFile(from[field] ?? '', 'utf8') : Buffer.from(inline, 'base64').toString();
  };
  const [ca, cert, key] = await Promise.all([
    pem(cluster, 'certificate-authority'),
    pem(user, 'client-certificate'),
    pem(user, 'client-key'),
  ]);
  return { config, server: cluster['server'] ?? '', ca, cert, key };
}
