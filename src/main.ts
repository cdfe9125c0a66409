#!/usr/bin/env node
// Composition root: `serve` (also without a verb, with flags only, as OpenKruise's manager is started) runs the server and
// the controller; every other verb is the command line.

import { basename } from 'node:path';
import { becomeSmaller } from './runtime/footprint.ts';

const MINIMUM_NODE = 24;

function assertNode(): void {
  const major = Number(process.versions.node.split('.', 1)[0]);
  if (major >= MINIMUM_NODE) return;
  process.stderr.write(
    `sluice needs Node ${MINIMUM_NODE} or later; this is Node ${process.versions.node}. Install it, or run it through npm: npm run sluice -- …\n`,
  );
  process.exit(1);
}

/** Flags alone start the server, as they start OpenKruise's manager; with a verb among them they are that verb's. */
const isServe = (argv: string[], verbs: readonly string[]): boolean => {
  const [first = ''] = argv;
  if (first === 'serve') return true;
  const asksForHelp = argv.some((word) => ['-h', '--help', '--version'].includes(word));
  return first.startsWith('-') && !asksForHelp && !argv.some((word) => verbs.includes(word));
};

async function runServe(argv: string[]): Promise<number> {
  becomeSmaller(process);
  const [{ parseConfig }, { connectAs }, { createClient }, { createLog }, { createMetrics }, { serve }] =
    await Promise.all([
      import('./config.ts'),
      import('./kube/auth.ts'),
      import('./kube/client.ts'),
      import('./obs/log.ts'),
      import('./obs/metrics.ts'),
      import('./serve/index.ts'),
    ]);
  const config = parseConfig(argv[0] === 'serve' ? argv.slice(1) : argv);
  const log = createLog(config.logLevel);
  const { connection, identity } = await connectAs(config);
  const metrics = createMetrics();
  const client = createClient(connection, {
    onCall: ({ method, status, durationMs }) => metrics.called(method, status, durationMs / 1000),
  });
  const served = await serve({ config, client, identity, log, metrics });
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name));
  });
  log.info({ signal }, 'stopping');
  await served.stop();
  await connection.close();
  return 0;
}

async function main(argv: string[]): Promise<number> {
  assertNode();
  const { VERBS } = await import('./cli/commands/index.ts');
  const isCompletion = basename(process.argv[1] ?? '').startsWith('kubectl_complete-');
  if (!isCompletion && isServe(argv, ['help', ...VERBS.map(({ name }) => name)])) return runServe(argv);
  const { runCli } = await import('./cli/main.ts');
  return runCli(argv);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const text =
    error instanceof Error ? (process.argv.includes('--debug') ? error.stack : error.message) : String(error);
  process.stderr.write(`error: ${text ?? ''}\n`);
  process.exitCode = 1;
}
