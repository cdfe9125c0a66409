// The house rules that ESLint keeps without types, each shown on a line that breaks it and where that line is allowed.

import { join, resolve } from 'node:path';
import { ESLint } from 'eslint';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const TYPED = ['no-floating-promises', 'no-misused-promises', 'switch-exhaustiveness-check'];

const eslint = new ESLint({
  cwd: ROOT,
  overrideConfig: {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: false } },
    rules: Object.fromEntries(TYPED.map((rule) => [`@typescript-eslint/${rule}`, 'off'] as const)),
  },
});

async function rulesBroken(path: string, code: string): Promise<(string | null)[]> {
  const results = await eslint.lintText(code, { filePath: join(ROOT, path) });
  return results.flatMap(({ messages }) => messages.map(({ ruleId }) => ruleId));
}

test.each([
  ['the clock', 'export const t = Date.now();', 'no-restricted-properties', 'src/core/x.ts', 'src/kube/x.ts'],
  ['today', 'export const t = new Date();', 'no-restricted-syntax', 'src/core/x.ts', 'src/kube/x.ts'],
  ['today', 'export const t = new Date();', 'no-restricted-syntax', 'src/api/x.ts', 'src/kube/x.ts'],
  ['chance', 'export const r = Math.random();', 'no-restricted-properties', 'src/install/x.ts', 'src/runtime/x.ts'],
  ['timers', 'setTimeout(String, 1);', 'no-restricted-globals', 'src/traffic/x.ts', 'src/runtime/x.ts'],
  ['the environment', 'export const e = process.env;', 'no-restricted-properties', 'src/kube/x.ts', 'src/config.ts'],
  [
    'a switch on kind',
    'export function f(o: { kind: string }): void { switch (o.kind) { default: } }',
    'no-restricted-syntax',
    'src/core/x.ts',
    'src/workloads/x.ts',
  ],
  [
    'a comparison with a kind',
    "export const f = (kind: string): boolean => kind === 'Deployment';",
    'no-restricted-syntax',
    'src/pipes/x.ts',
    'src/api/x.ts',
  ],
  ['any', 'export const x: any = 1;', '@typescript-eslint/no-explicit-any', 'src/server/x.ts', undefined],
])('%s is refused where it does not belong: %s', async (_, code, rule, refused, allowed) => {
  expect(await rulesBroken(refused, `${code}\n`)).toEqual([rule]);
  if (allowed !== undefined) expect(await rulesBroken(allowed, `${code}\n`)).toEqual([]);
});
