// Writes the kubeconfig files of a plain-process cluster, and reads one back to talk to the API server of any cluster.
import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { Pem } from './certificates.ts';

/** What it takes to call an API server as a client with a certificate. */
export interface ApiAccess {
  url: string;
  ca: string;
  cert: string;
  key: string;
}

interface KubeconfigFile {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[];
}

const encode = (pem: string): string => Buffer.from(pem).toString('base64');
const decode = (data: string): string => Buffer.from(data, 'base64').toString();

/** A kubeconfig with one cluster and one user, readable only by its owner. */
export function writeKubeconfig(file: string, name: string, url: string, ca: string, user: Pem): void {
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': encode(ca) } }],
    users: [{ name, user: { 'client-certificate-data': encode(user.cert), 'client-key-data': encode(user.key) } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
  });
  writeFileSync(file, text, { mode: 0o600 });
}

/** The access in a kubeconfig of one cluster and one user, as this module and kind write them. */
export function readAccess(file: string): ApiAccess {
  const config = parse(readFileSync(file, 'utf8')) as KubeconfigFile;
  const [cluster] = config.clusters;
  const [user] = config.users;
  if (!cluster || !user) throw new Error(`${file} holds no cluster`);
  return {
    url: cluster.cluster.server,
    ca: decode(cluster.cluster['certificate-authority-data']),
    cert: decode(user.user['client-certificate-data']),
    key: decode(user.user['client-key-data']),
  };
}
