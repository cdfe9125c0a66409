import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

describe('manifests', () => {
  it('are what the code generates', () => {
    const { status, stderr } = spawnSync(process.execPath, ['manifests/generate.ts', '--check'], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
