// Section `webhook`: what one review costs this server, against a bare node:https server that parses and answers the same
// reviews. Interleaved rounds of a fixed number of requests; CPU time as the servers themselves count it.

import { newSet } from '../../../src/certs/rotate.ts';
import { median } from '../section.ts';
import type { Figure } from '../section.ts';
import { start } from './child.ts';
import type { Child } from './child.ts';
import type { Outcome } from './load.ts';

const ROUNDS = 9;
const LEAST_ROUNDS = 7;
const REQUESTS = 3_000;
const WARM_UP = 4_000;
const CONNECTIONS = 16;
const LONGEST_MS = 90_000;
const REFERENCE = 'bare node:https';

interface Round extends Outcome {
  /** Microseconds of CPU for one request. */
  cpu: number;
  perSecond: number;
}

interface Subject {
  child: Child;
  port: number;
}

async function round(load: Child, { child, port }: Subject, ca: string, count: number): Promise<Round> {
  const before = await child.ask<number>('cpu');
  const outcome = await load.ask<Outcome>('run', { port, ca, connections: CONNECTIONS, count });
  const after = await child.ask<number>('cpu');
  if (outcome.failures > 0) throw new Error(`${outcome.failures} of ${count} requests were not answered with 200`);
  return { ...outcome, cpu: (after - before) / count, perSecond: count / outcome.seconds };
}

/** Makes sure that what is measured is a hold. */
function patchIn(sample: string): string {
  const { response } = JSON.parse(sample) as { response: { allowed: boolean; patch?: string } };
  const patch = Buffer.from(response.patch ?? '', 'base64').toString();
  if (!response.allowed || !patch.includes('/spec/paused')) throw new Error(`the answer holds nothing: ${sample}`);
  return patch;
}

async function measure(load: Child, subjects: Subject[], ca: string, say: (line: string) => void): Promise<Round[][]> {
  for (const subject of subjects) patchIn((await round(load, subject, ca, WARM_UP)).sample);
  const rounds: Round[][] = subjects.map(() => []);
  const startedAt = performance.now();
  for (let index = 0; index < ROUNDS; index += 1) {
    if (index >= LEAST_ROUNDS && performance.now() - startedAt > LONGEST_MS) break;
    for (const [which, subject] of subjects.entries()) rounds[which]?.push(await round(load, subject, ca, REQUESTS));
  }
  say(`${rounds[0]?.length} interleaved rounds of ${REQUESTS} reviews over ${CONNECTIONS} connections`);
  return rounds;
}

function figure(name: string, unit: string, ours: number[], bare: number[], note?: string): Figure {
  const ratio = median(ours.map((value, index) => value / (bare[index] ?? Number.NaN)));
  const both = { value: median(ours), reference: REFERENCE, referenceValue: median(bare) };
  return { name, unit, ...both, ratio, ...(note === undefined ? {} : { note }) };
}

export async function run(say: (line: string) => void): Promise<Figure[]> {
  const { leaf, authority } = await newSet(['localhost'], Date.now());
  const [ours, bare, load] = [start('ours.ts'), start('bare.ts'), start('load.ts')];
  try {
    const certificate = { ...leaf, ca: authority.cert };
    const subjects: Subject[] = [];
    for (const child of [ours, bare]) subjects.push({ child, port: await child.ask<number>('listen', certificate) });
    say(`requests of ${Math.round(await load.ask<number>('bytes'))} bytes`);
    const [a = [], b = []] = await measure(load, subjects, authority.cert, say);
    const of = (pick: (one: Round) => number): [number[], number[]] => [a.map(pick), b.map(pick)];
    return [
      figure(
        'webhook.cpu-per-review',
        'µs',
        ...of((one) => one.cpu),
        'CPU time of the server process; goal: ratio at most 1.40',
      ),
      figure('webhook.throughput', 'req/s', ...of((one) => one.perSecond), 'client and server share the machine'),
      figure('webhook.latency-p99', 'ms', ...of((one) => one.p99Ms)),
    ];
  } finally {
    await Promise.all([ours, bare, load].map((child) => child.stop()));
  }
}
