import { describe, expect, test } from 'vitest';
import { minorVersion } from '../../cluster/local/kubectl.ts';
import { elapsed, streamLog } from '../../cluster/local/progress.ts';
import { formatStatus } from '../../cluster/local/status.ts';
import { askedProvider } from '../../cluster/local/toolchain.ts';
import { Hopeless, waitFor } from '../../cluster/local/wait.ts';

function sink(isTTY: boolean): { isTTY: boolean; text: string; write(part: string): void } {
  return {
    isTTY,
    text: '',
    write(part) {
      this.text += part;
    },
  };
}

describe('progress', () => {
  test('a file gets transient lines only every 15 seconds', () => {
    const out = sink(false);
    let now = 0;
    const log = streamLog(out, () => now);
    for (now = 0; now <= 40_000; now += 1000) log(`building, ${now / 1000} s`, true);
    log('built');
    expect(out.text).toBe('building, 15 s\nbuilding, 30 s\nbuilt\n');
  });

  test('a terminal is redrawn in place', () => {
    const out = sink(true);
    const log = streamLog(out, () => 0);
    log('building, 1 s', true);
    log('building, 2 s', true);
    log('built');
    expect(out.text).toBe('building, 1 s\r\u001b[2Kbuilding, 2 s\r\u001b[2Kbuilt\n');
  });

  test.each([
    [4_400, '4 s'],
    [65_000, '1 min 05 s'],
  ])('%d ms reads as %s', (ms, text) => {
    expect(elapsed(0, ms)).toBe(text);
  });
});

describe('status', () => {
  test('is a table of the processes', () => {
    const rows = [
      { name: 'etcd', pid: 12, port: 2379, ready: true },
      { name: 'nodes (2 of 3)', ready: false },
    ];
    const lines = formatStatus({ name: 'x', healthy: false, rows }).split('\n');
    expect(lines).toEqual([
      'PROCESS         PID  PORT  READY',
      'etcd            12   2379  yes',
      'nodes (2 of 3)  -    -     no',
    ]);
  });

  test('names the cluster that does not exist', () => {
    expect(formatStatus({ name: 'x', healthy: false, rows: [] })).toBe('no cluster named x');
  });
});

describe('the choice of tools', () => {
  test.each([
    ['{"clientVersion":{"gitVersion":"v1.36.1"}}', 36],
    ['{"clientVersion":{"gitVersion":"v1.29.0-eks"}}', 29],
    ['not json', undefined],
  ])('kubectl says %s', (json, minor) => {
    expect(minorVersion(json)).toBe(minor);
  });

  test('an unknown provider is refused', () => {
    expect(() => askedProvider('minikube')).toThrow(/kind, processes or auto/);
    expect(askedProvider('auto')).toBeUndefined();
  });
});

describe('waiting', () => {
  test('ends at the deadline and tells the last problem', async () => {
    const never = waitFor('a miracle', 60, () => Promise.reject(new Error('refused')));
    await expect(never).rejects.toThrow(/a miracle: not there after 0 s; last problem: refused/);
  });

  test('ends at once when there is no hope', async () => {
    const check = (): undefined => {
      throw new Hopeless('it ended');
    };
    await expect(waitFor('a process', 60_000, check)).rejects.toThrow('it ended');
  });
});
