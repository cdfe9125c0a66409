import { describe, expect, it } from 'vitest';
import { KubeError } from '../../../src/kube/errors.ts';
import { createLog } from '../../../src/obs/log.ts';

const capture = (level = 'info') => {
  const lines: string[] = [];
  return { lines, log: createLog(level, { write: (line: string) => void lines.push(line) }) };
};
const parsed = (line: string | undefined) => JSON.parse(line ?? '{}') as Record<string, unknown>;

describe('log', () => {
  it('writes one JSON line with stable keys', () => {
    const { lines, log } = capture();
    log.info({ rollout: 'web', namespace: 'shop', key: 'shop/web', reason: 'StepPaused' }, 'acted');
    log.debug({}, 'not at this level');
    expect(lines).toHaveLength(1);
    expect(parsed(lines[0])).toMatchObject({ level: 'info', rollout: 'web', key: 'shop/web', msg: 'acted' });
    expect(parsed(lines[0])['time']).toMatch(/^\d{4}-.*Z$/);
  });

  it('shows of an error what explains it and nothing that hangs on it (HZ-21)', () => {
    const { lines, log } = capture();
    const cause = Object.assign(new Error('socket closed'), { request: { headers: 'canary-1' } });
    const error = new KubeError({ status: 409, reason: 'Conflict', message: 'PATCH /x: changed', cause });
    Object.assign(error, { answer: { data: 'canary-2' } });
    log.warn({ err: error }, 'a write failed');
    expect(parsed(lines[0])['err']).toMatchObject({
      type: 'KubeError',
      message: 'PATCH /x: changed',
      status: 409,
      reason: 'Conflict',
      cause: 'Error: socket closed',
    });
    expect(lines[0]).not.toContain('canary');
  });

  it('leaves out Secrets, credentials and whole objects (HZ-21)', () => {
    const { lines, log } = capture('trace');
    const secret = { data: { password: 'canary' }, stringData: { p: 'canary' } };
    log.trace({ token: 'canary', headers: { authorization: 'canary' }, object: { env: 'canary' }, secret }, 'a');
    log.info({ pair: { key: 'canary', cert: 'canary' }, request: { headers: 'canary', body: 'canary' } }, 'b');
    log.error({ err: { token: 'canary' } }, 'c');
    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toContain('canary');
  });
});
