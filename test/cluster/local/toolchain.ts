// What this machine offers for a local cluster: does Docker answer, is Go there, and so which kind of cluster is made.
import { run } from './command.ts';

/** kind: containers made by kind. processes: the control plane as plain processes. */
export type Provider = 'kind' | 'processes';

const QUICK_MS = 20_000;

/** True if a Docker daemon answers; a client alone is not enough. */
export async function dockerAnswers(): Promise<boolean> {
  const result = await run('docker', ['info', '--format', '{{.ServerVersion}}'], { timeoutMs: QUICK_MS });
  return result.code === 0 && result.stdout.trim() !== '';
}

/** True if a Go command can be run. */
export async function hasGo(): Promise<boolean> {
  return (await run('go', ['version'], { timeoutMs: QUICK_MS })).code === 0;
}

/** Said when there is nothing to make a cluster with. */
export const NO_WAY = [
  'a local cluster needs one of two things, and neither was found:',
  '  - Docker: start it, so that `docker info` succeeds; the cluster is then made by kind;',
  '  - Go 1.26 or newer on PATH (https://go.dev/dl/); the control plane is then built once, in about five minutes.',
].join('\n');

/** The provider asked for by option or SLUICE_CLUSTER; undefined leaves the choice to what the machine has. */
export function askedProvider(option?: string): Provider | undefined {
  const asked = option ?? process.env['SLUICE_CLUSTER'] ?? '';
  if (asked === '' || asked === 'auto') return undefined;
  if (asked === 'kind' || asked === 'processes') return asked;
  throw new Error(`the provider is kind, processes or auto; got "${asked}"`);
}
