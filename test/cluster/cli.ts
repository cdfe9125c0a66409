// `npm run cluster -- up|down|status|env`: the local cluster by hand. Progress goes to standard error; standard output
// holds only what a script wants: the kubeconfig path, the export line, the table.
import { parseArgs } from 'node:util';
import { DEFAULT_NAME, down, status, up } from './local/cluster.ts';
import { layout } from './local/paths.ts';
import { streamLog } from './local/progress.ts';
import { readRecord } from './local/state.ts';
import { formatStatus } from './local/status.ts';

const USAGE = `usage: npm run cluster -- <command> [options]

  up        bring a cluster up (or repair it); prints the path of its kubeconfig
  down      take it down and remove its files
  status    show its processes; exits 0 only when all is well
  env       print "export KUBECONFIG=..." for eval (with npm run --silent)

  --name NAME        several clusters run side by side (default ${DEFAULT_NAME})
  --port-base N      first of six consecutive ports (default: free ones)
  --provider P       kind, processes or auto (default; kind where Docker answers)
`;

interface Options {
  name: string;
  'port-base'?: string | undefined;
  provider?: string | undefined;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function runUp(options: Options): Promise<number> {
  const log = streamLog(process.stderr);
  const base = options['port-base'];
  const cluster = await up({
    name: options.name,
    log,
    ...(base === undefined ? {} : { portBase: Number(base) }),
    ...(options.provider === undefined ? {} : { provider: options.provider }),
  });
  print(cluster.kubeconfig);
  return 0;
}

async function runDown(options: Options): Promise<number> {
  const log = streamLog(process.stderr);
  await down(options.name, log);
  log(`cluster ${options.name} is down`);
  return 0;
}

async function runStatus(options: Options): Promise<number> {
  const state = await status(options.name);
  print(formatStatus(state));
  return state.healthy ? 0 : 1;
}

function runEnv(options: Options): number {
  const files = layout(options.name);
  if (!readRecord(files)) throw new Error(`no cluster named ${options.name}; bring it up first`);
  print(`export KUBECONFIG='${files.kubeconfig.replaceAll("'", `'\\''`)}'`);
  return 0;
}

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      name: { type: 'string', default: DEFAULT_NAME },
      'port-base': { type: 'string' },
      provider: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command, ...extra] = positionals;
  if (values.help || !command || extra.length > 0) {
    process.stderr.write(USAGE);
    return values.help ? 0 : 2;
  }
  const commands = { up: runUp, down: runDown, status: runStatus, env: runEnv };
  if (!Object.hasOwn(commands, command))
    throw new Error(`no such command: ${command}; there are up, down, status and env`);
  return commands[command as keyof typeof commands](values);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
