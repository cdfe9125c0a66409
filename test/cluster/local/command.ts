// Runs one external command to its end and returns what it printed, for everything here that calls go, docker, kind or
// kubectl.
import { spawn } from 'node:child_process';

/** What a command left behind. */
export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  cwd?: string;
  env?: Record<string, string>;
  timeoutMs: number;
  /** Called with each piece of standard error as it arrives. */
  onStderr?: (text: string) => void;
}

const KEPT = 1_000_000;

/** Runs a command; a missing executable or a time-out counts as a failure, never as an exception. */
export function run(command: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-KEPT);
      options.onStderr?.(text);
    });
    child.on('error', (error) => resolve({ code: 127, stdout, stderr: error.message }));
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 1, stdout, stderr: signal ? `${stderr}${signal}` : stderr }),
    );
  });
}

/** Runs a command that has to succeed; the error tells the command and the end of what it said. */
export async function must(command: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const result = await run(command, args, options);
  if (result.code === 0) return result.stdout;
  const said = (result.stderr || result.stdout).trim().split('\n').slice(-15).join('\n');
  throw new Error(`${command} ${args.join(' ')} failed (exit ${result.code}):\n${said}`);
}
