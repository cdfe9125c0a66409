// A process of the benchmark and the questions it answers over IPC: its CPU time so far, and to stop.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endingOf } from '../../cluster/local/processes.ts';

export interface Certificate {
  cert: string;
  key: string;
  ca: string;
}

type Answers = Record<string, (argument: never) => unknown>;

/** In the child: answers `ask` by name. */
export function serve(answers: Answers): void {
  process.on('message', (message: { id: number; ask: string; argument: never }) => {
    void Promise.resolve(answers[message.ask]?.(message.argument)).then((answer) =>
      process.send?.({ id: message.id, answer }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}

export interface Child {
  ask<T>(question: string, argument?: unknown): Promise<T>;
  stop(): Promise<void>;
}

export function start(file: string): Child {
  const child = fork(join(import.meta.dirname, file), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  let asked = 0;
  child.once('exit', () => {
    for (const { reject } of waiting.values())
      reject(new Error(`${file} ended before it answered: ${endingOf(child)}`));
  });
  child.on('message', ({ id, answer }: { id: number; answer: never }) => {
    waiting.get(id)?.resolve(answer);
    waiting.delete(id);
  });
  return {
    ask: (question, argument) =>
      new Promise((resolve, reject) => {
        const id = (asked += 1);
        waiting.set(id, { resolve, reject });
        child.send({ id, ask: question, argument });
      }),
    async stop() {
      if (endingOf(child)) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** User and system CPU time of this process, in microseconds. */
export const cpuTime = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
