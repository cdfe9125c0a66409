// Where the local cluster keeps things: built binaries in the user's cache folder, each cluster's files in the user's
// state folder. Both are outside the checkout, so that a fresh clone finds what an earlier one built.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the Go module that names and pins every binary. */
export const MODULE_DIR = fileURLToPath(new URL('..', import.meta.url));

/** The files of one cluster. */
export interface Layout {
  name: string;
  dir: string;
  lock: string;
  record: string;
  kubeconfig: string;
  auditLog: string;
  pki: string;
  config: string;
  pids: string;
  logs: string;
  data: string;
}

function xdg(variable: string, fallback: string): string {
  const value = process.env[variable];
  return value && isAbsolute(value) ? value : join(homedir(), fallback);
}

/** The parent of all clusters' folders. */
export function clustersDir(): string {
  return join(xdg('XDG_STATE_HOME', '.local/state'), 'sluice', 'clusters');
}

/** Names become folder names and container names: refuse what is not plain. */
export function checkName(name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(name)) {
    throw new Error(`a cluster's name is 1 to 40 of a-z, 0-9 and "-", starting with a letter or digit; got "${name}"`);
  }
  return name;
}

/** All paths of the cluster of this name. */
export function layout(name: string): Layout {
  const dir = join(clustersDir(), checkName(name));
  return {
    name,
    dir,
    lock: `${dir}.lock`,
    record: join(dir, 'cluster.json'),
    kubeconfig: join(dir, 'kubeconfig'),
    auditLog: join(dir, 'audit', 'audit.log'),
    pki: join(dir, 'pki'),
    config: join(dir, 'config'),
    pids: join(dir, 'pids'),
    logs: join(dir, 'logs'),
    data: join(dir, 'etcd'),
  };
}

/** The folder of the binaries that the module pins at present; `recipe` is whatever else changes what is built. */
export function binariesDir(recipe: string): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(MODULE_DIR, file))).update('\0');
  hash.update(recipe).update(`\0${process.platform}/${process.arch}`);
  return join(xdg('XDG_CACHE_HOME', '.cache'), 'sluice', 'cluster-bin', hash.digest('hex').slice(0, 16));
}
