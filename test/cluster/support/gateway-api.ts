// The CRD of HTTPRoutes as its project publishes it, read from Go's module cache; the module next door pins and checks it.
// Works offline once the module is there. Where only Docker is, Go runs in a container.

import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { must } from '../local/command.ts';
import { hasGo } from '../local/toolchain.ts';

const MODULE_DIR = fileURLToPath(new URL('../gateway-api', import.meta.url));
const MODULE = 'sigs.k8s.io/gateway-api';
const FILE = 'config/crd/standard/gateway.networking.k8s.io_httproutes.yaml';
const GO_IMAGE = 'golang:1.26';
const LONGEST_MS = 5 * 60_000;

/** Downloads what the cache lacks, checks it against go.sum, and prints the file. */
const SCRIPT = `set -e; go mod download ${MODULE}; cat "$(go list -m -f '{{.Dir}}' ${MODULE})/${FILE}"`;

export interface RouteDefinition {
  metadata: { name: string };
  spec: { versions: { name: string; served: boolean; storage: boolean }[] };
}

async function read(): Promise<string> {
  if (await hasGo()) {
    return must('sh', ['-c', SCRIPT], { cwd: MODULE_DIR, env: { GOWORK: 'off' }, timeoutMs: LONGEST_MS });
  }
  const mount = ['-v', `${MODULE_DIR}:/module:ro`, '-w', '/module'];
  return must('docker', ['run', '--rm', ...mount, GO_IMAGE, 'sh', '-c', SCRIPT], { timeoutMs: LONGEST_MS });
}

export const httpRouteDefinition = async (): Promise<RouteDefinition> => parse(await read()) as RouteDefinition;
