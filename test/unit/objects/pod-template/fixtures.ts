// The templates and the hashes that test/tools/pod-template-fields printed for them.

import { readFileSync } from 'node:fs';
import type { PodTemplate } from '../../../../src/api/kube.ts';

interface Hashes {
  /** As typed JSON decoding gives it. */
  hash: string;
  /** As it comes back from storage in protobuf. */
  stored: string;
  /** With collision count COLLISIONS. */
  salted: string;
}

export const COLLISIONS = 70_000;

const read = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/pod-template/${name}`, import.meta.url), 'utf8');

const generated = read('generated.jsonl')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { name: string; template: PodTemplate });

export const templates: Record<string, PodTemplate> = {
  ...(JSON.parse(read('templates.json')) as Record<string, PodTemplate>),
  ...Object.fromEntries(generated.map(({ name, template }) => [name, template])),
};

export const hashes = JSON.parse(read('hashes.json')) as Record<string, Hashes>;

export const quantities = JSON.parse(read('quantities.json')) as Record<string, string>;
