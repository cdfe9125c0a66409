import { describe, expect, it } from 'vitest';
import { ROLLOUTS } from '../../../src/api/resources.ts';
import { FakeCluster, refusal } from './fake-cluster.ts';
import { IDLE, PAUSED, addRelease, rollout, troubledPod } from './objects.ts';
import { lines, run, start, type Running, type Setting } from './run.ts';

const CLEAR = '\u001b[J';
const TERMINAL = { rows: 40, columns: 200 };
const released = (): FakeCluster => {
  const cluster = new FakeCluster();
  addRelease(cluster);
  return cluster;
};
const upgrading = () =>
  rollout({ status: { ...PAUSED, canaryStatus: { ...PAUSED.canaryStatus, currentStepState: 'StepUpgrade' } } });

const watching = (line: string, cluster: FakeCluster, setting: Setting = {}): Running & { end: () => void } => {
  const stop = new AbortController();
  return { ...start(line, { cluster, interrupted: stop.signal, ...setting }), end: () => stop.abort() };
};

describe('get -w away from a terminal', () => {
  it('prints the table, then a row a change, as kubectl does, and writes nothing', async () => {
    const cluster = released();
    const command = watching('get -w -n demo', cluster);
    await command.printed('StepPaused');
    cluster.put(rollout({ status: { ...PAUSED, currentStepState: 'StepUpgrade' } }));
    await command.printed('StepUpgrade');
    cluster.put(rollout({ name: 'second', status: IDLE }));
    await command.printed('second');
    cluster.drop(ROLLOUTS, 'echoserver', 'demo');
    await command.printed('Deleted');
    command.end();
    const { code, out, err } = await command.done;
    expect({ code, err, writes: cluster.writes }).toEqual({ code: 130, err: '', writes: [] });
    const rows = lines(out).map((line) => line.split(/ {2,}/));
    expect(rows.map(([name, phase, , state]) => [name, phase, state])).toEqual([
      ['NAME', 'STATUS', 'CANARY_STATE'],
      ['echoserver', 'Progressing', 'StepPaused'],
      ['echoserver', 'Progressing', 'StepUpgrade'],
      ['second', 'Healthy', 'Completed'],
      ['echoserver', 'Deleted', 'StepUpgrade'],
    ]);
  });

  it('a change that no column shows prints no row', async () => {
    const cluster = released();
    const command = watching('get rollout/echoserver -w -n demo', cluster);
    await command.printed('StepPaused');
    cluster.put(rollout({ status: { ...PAUSED, observedGeneration: 7 } }));
    cluster.put(rollout({ status: IDLE }));
    await command.printed('Completed');
    command.end();
    expect(lines((await command.done).out)).toHaveLength(3);
  });

  it('of a name shows that one only', async () => {
    const cluster = released();
    cluster.put(rollout({ name: 'second', status: IDLE }));
    const command = watching('get second -w -n demo', cluster);
    await command.printed('second');
    command.end();
    expect((await command.done).out).not.toContain('echoserver');
  });

  it.each([
    ['json', '"StepPaused"'],
    ['yaml', '---\napiVersion'],
  ])('-o %s prints a document a change', async (format, text) => {
    const command = watching(`get -w -n demo -o ${format}`, released());
    await command.printed(text);
    command.end();
    expect((await command.done).out).not.toContain('NAME');
  });

  it('what is named must exist', async () => {
    expect(await run('get nope -w -n demo', { cluster: released() })).toMatchObject({ code: 1, out: '' });
  });

  it('ends when the user may not watch', async () => {
    const cluster = released();
    const list = cluster.list.bind(cluster);
    let lists = 0;
    cluster.list = (resource, options) =>
      (lists += 1) > 1 ? Promise.reject(refusal(403, 'Forbidden', 'no watch')) : list(resource, options);
    expect(await watching('get -w -n demo', cluster).done).toMatchObject({ code: 1 });
  });
});

describe('get -w on a terminal', () => {
  it('draws the tree over itself whenever anything of it changes, pods included', async () => {
    const cluster = released();
    const command = watching('get echoserver -w -n demo', cluster, { terminal: TERMINAL });
    await command.printed('Waits for');
    cluster.put(troubledPod());
    await command.printed('ImagePullBackOff');
    cluster.put(upgrading());
    await command.printed('StepUpgrade');
    command.end();
    const { code, out } = await command.done;
    expect(code).toBe(130);
    const drawings = out.split(CLEAR);
    const height = (drawings[1] ?? '').split('\n').length - 1;
    expect(drawings[1]?.endsWith(`\u001b[${height}F`)).toBe(true);
  });

  it('stays within the terminal and counts what it leaves out', async () => {
    const command = watching('get echoserver -w -n demo', released(), { terminal: { rows: 6, columns: 30 } });
    await command.printed('more lines');
    command.end();
    const drawing = (await command.done).out.split(CLEAR)[1] ?? '';
    const shown = drawing
      .replace(/\u001b\[\d+F$/, '')
      .trimEnd()
      .split('\n');
    expect(shown).toHaveLength(5);
    expect(Math.max(...shown.map((line) => Array.from(line).length))).toBeLessThanOrEqual(30);
  });

  it('of many draws the table', async () => {
    const cluster = released();
    const command = watching('get -w -n demo', cluster, { terminal: TERMINAL });
    await command.printed('StepPaused');
    cluster.put(rollout({ name: 'another', status: IDLE }));
    await command.printed('another');
    command.end();
    const last = (await command.done).out.split(CLEAR).at(-1) ?? '';
    expect(lines(last).map((line) => line.split(' ', 1)[0])).toEqual(['NAME', 'another', 'echoserver']);
  });

  it('ends when the Rollout is gone', async () => {
    const cluster = released();
    const command = watching('get echoserver -w -n demo', cluster, { terminal: TERMINAL });
    await command.printed('Waits for');
    cluster.drop(ROLLOUTS, 'echoserver', 'demo');
    const { code, err } = await command.done;
    expect(code).toBe(1);
    expect(err).toContain('"echoserver" not found');
  });

  it('shows what the user may see when not everything may be watched', async () => {
    const cluster = released();
    const list = cluster.list.bind(cluster);
    cluster.list = (resource, options) =>
      resource.plural === 'pods' ? Promise.reject(refusal(403, 'Forbidden', 'no')) : list(resource, options);
    const command = watching('get echoserver -w -n demo', cluster, { terminal: TERMINAL });
    await command.printed('Waits for');
    cluster.put(upgrading());
    await command.printed('StepUpgrade');
    command.end();
    expect((await command.done).code).toBe(130);
  });
});
