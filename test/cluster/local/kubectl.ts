// Finds a kubectl: the one on PATH if it is recent enough, else one built from the same pins as the cluster.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ensureBinaries } from './binaries.ts';
import { run } from './command.ts';
import type { Log } from './progress.ts';

const OLDEST_MINOR = 30;

/** The minor version that `kubectl version --client -o json` reports. */
export function minorVersion(json: string): number | undefined {
  try {
    const { clientVersion } = JSON.parse(json) as { clientVersion?: { gitVersion?: string } };
    const match = /^v1\.(\d+)/.exec(clientVersion?.gitVersion ?? '');
    return match ? Number(match[1]) : undefined;
  } catch {
    return undefined;
  }
}

function onPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The path of a usable kubectl; builds one if there is none. */
export async function kubectlPath(log: Log = () => undefined): Promise<string> {
  const found = onPath('kubectl');
  if (found) {
    const { stdout } = await run(found, ['version', '--client', '-o', 'json'], { timeoutMs: 20_000 });
    if ((minorVersion(stdout) ?? 0) >= OLDEST_MINOR) return found;
    log(`${found} is older than 1.${OLDEST_MINOR}: not used`);
  }
  return join(await ensureBinaries(['kubectl'], log), 'kubectl');
}
