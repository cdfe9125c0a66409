import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { status, down } from '../../cluster/local/cluster.ts';
import { isAlive, type Identity } from '../../cluster/local/identity.ts';
import { layout as layoutOf, type Layout } from '../../cluster/local/paths.ts';
import { launch, stop } from '../../cluster/local/processes.ts';
import { allPids, livePid, startRecord, strays, writePid } from '../../cluster/local/state.ts';
import { formatStatus } from '../../cluster/local/status.ts';

const COMPONENT = 'kube-scheduler';
const before = process.env['XDG_STATE_HOME'];
const started: Identity[] = [];
let dir: string;
let layout: Layout;

/** A process that looks like a component of the cluster of that name. */
async function start(of: Layout = layout): Promise<Identity> {
  const executable = join(dir, COMPONENT);
  const config = `--config=${join(of.config, 'scheduler.yaml')}`;
  const { identity } = await launch(executable, ['-e', 'setInterval(() => {}, 1000)', '--', config], join(dir, 'log'));
  started.push(identity);
  return identity;
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-strays-'));
  process.env['XDG_STATE_HOME'] = dir;
  symlinkSync(process.execPath, join(dir, COMPONENT));
  layout = layoutOf('one');
  const ports = { apiserver: 1, etcd: 2, etcdPeer: 3, controllerManager: 4, scheduler: 5, kwok: 6 };
  startRecord(layout, { provider: 'processes', fingerprint: 'x', webhookHost: '127.0.0.1', ports });
});

afterEach(async () => {
  for (const identity of started.splice(0)) await stop(identity, 0);
  if (before === undefined) delete process.env['XDG_STATE_HOME'];
  else process.env['XDG_STATE_HOME'] = before;
  rmSync(dir, { recursive: true });
});

describe('a process of a cluster without a usable record', () => {
  test.each([
    ['of a process that was still being made', JSON.stringify({ pid: 0, startTime: '1', executable: '' })],
    ['cut off', '{"pid": 12'],
    ['that is missing', undefined],
  ])('is found, told and ended: a record %s', async (_, record) => {
    const identity = await start();
    if (record !== undefined) writeFileSync(join(layout.pids, `${COMPONENT}.json`), record);
    expect(livePid(layout, COMPONENT)).toEqual(identity);
    const told = `no usable record of pid ${identity.pid}; \`down\` ends it`;
    writeFileSync(layout.record, 'cut off');
    expect(formatStatus(await status('one'))).toMatch(new RegExp(`^${COMPONENT} .* no +${told}$`, 'm'));
    await down('one');
    expect(isAlive(identity)).toBe(false);
  });

  test('beside a recorded twin both are ended', async () => {
    const [first, second] = [await start(), await start()];
    writePid(layout, COMPONENT, second);
    expect(livePid(layout, COMPONENT)).toEqual(second);
    expect(strays(layout, COMPONENT)).toEqual([first]);
    expect(allPids(layout, COMPONENT)).toEqual([second, first]);
    await down('one');
    expect([first, second].map((identity) => isAlive(identity))).toEqual([false, false]);
  });

  test('is not taken for one when it belongs to another cluster', async () => {
    const other = layoutOf('one-more');
    mkdirSync(other.dir, { recursive: true });
    const identity = await start(other);
    expect(livePid(layout, COMPONENT)).toBeUndefined();
    await down('one');
    expect(isAlive(identity)).toBe(true);
  });
});
