// kubectl as users run it, and typed reads of single objects through it.

import { spawn } from 'node:child_process';

export interface Answer {
  code: number;
  out: string;
  err: string;
}

export function run(
  command: string,
  args: string[],
  input = '',
  env: NodeJS.ProcessEnv = process.env,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, out, err }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

export class Kubectl {
  readonly #path: string;
  readonly #kubeconfig: string;

  constructor(path: string, kubeconfig: string) {
    this.#path = path;
    this.#kubeconfig = kubeconfig;
  }

  try(args: string[], input = ''): Promise<Answer> {
    return run(this.#path, ['--kubeconfig', this.#kubeconfig, ...args], input);
  }

  /** Standard output; a failure throws what kubectl printed. */
  async do(args: string[], input = ''): Promise<string> {
    const { code, out, err } = await this.try(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} exited ${code}: ${err}${out}`);
    return out;
  }

  /** `kubectl apply -f`: what it printed, warnings included. */
  async applied(...objects: object[]): Promise<Answer> {
    const list = { apiVersion: 'v1', kind: 'List', items: objects };
    const answer = await this.try(['apply', '-f', '-'], JSON.stringify(list));
    if (answer.code !== 0) throw new Error(`kubectl apply exited ${answer.code}: ${answer.err}${answer.out}`);
    return answer;
  }

  async apply(...objects: object[]): Promise<string> {
    return (await this.applied(...objects)).out;
  }
}
