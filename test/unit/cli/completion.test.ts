import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { VERBS } from '../../../src/cli/commands/index.ts';
import { SHELLS } from '../../../src/cli/completion/shells.ts';
import { FakeCluster, refusal } from './fake-cluster.ts';
import { addApp, rollout } from './objects.ts';
import { lines, run, type Setting } from './run.ts';

const cluster = (): FakeCluster => {
  const made = new FakeCluster();
  addApp(made);
  made.put(rollout({ name: 'second' }));
  made.put(rollout({ name: 'elsewhere', namespace: 'default' }));
  for (const name of ['demo', 'default']) made.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return made;
};
/** Candidates for the line; the last word is being typed, `_` for an empty one. */
async function candidates(line: string, setting: Setting = { cluster: cluster() }): Promise<string[]> {
  const words = line.split(' ').map((word) => (word === '_' ? '' : word));
  const { code, out, err } = await run('', { ...setting, words: ['__complete', ...words] });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out.split('\n').slice(0, -2);
}
const wordsOf = async (line: string, setting?: Setting): Promise<string[]> =>
  (await candidates(line, setting)).map((candidate) => candidate.split('\t', 1)[0] ?? '');

describe('what can be typed', () => {
  it('verbs, with what they do', async () => {
    expect(await candidates('_')).toEqual(VERBS.map(({ name, summary }) => `${name}\t${summary}`));
    expect(await wordsOf('re')).toEqual(['resume', 'restart']);
    expect(await wordsOf('-n demo st')).toEqual(['status']);
  });

  it('flags of the verb and those of all', async () => {
    expect(await wordsOf('undo --')).toEqual([
      '--to-revision',
      '--fast',
      '--output',
      '--namespace',
      '--context',
      '--kubeconfig',
    ]);
    expect(await wordsOf('get --wa')).toEqual(['--watch']);
    expect(await wordsOf('--n')).toEqual(['--namespace']);
  });

  it.each([
    ['get -o _', ['json', 'yaml', 'wide', 'name']],
    ['get -o y', ['yaml']],
    ['get --output=j', ['json']],
    ['status --watch _', ['true', 'false']],
    ['completion _', ['bash', 'zsh', 'fish']],
    ['set _', ['image']],
    ['undo --to-revision _', []],
    ['version _', []],
    ['nonsense _', []],
  ])('%s: values', async (line, words) => {
    if (line !== 'nonsense _') expect(await wordsOf(line)).toEqual(words);
    else expect((await wordsOf(line)).length).toBe(VERBS.length);
  });

  it.each([
    ['approve -n demo _', ['echoserver', 'second']],
    ['approve --namespace=demo s', ['second']],
    ['approve _', ['elsewhere']],
    ['approve -n demo echoserver _', ['second']],
    ['approve -n demo rollout/echoserver rollout/_', []],
    ['approve -n demo rollout/', ['rollout/echoserver', 'rollout/second']],
    ['approve rollout -n demo _', ['echoserver', 'second']],
    ['undo -n demo deployment/', ['deployment/echoserver']],
    ['undo -n demo deploy/e', ['deploy/echoserver']],
    ['undo deployments -n demo _', ['echoserver']],
    ['set image -n demo e', ['echoserver']],
    ['get -n d', ['default', 'demo']],
    ['jump --step 2 -n demo s', ['second']],
  ])('%s: names, as the cluster has them', async (line, words) => {
    expect(await wordsOf(line)).toEqual(words);
  });

  it('a kind is not the whole word: no space behind it', async () => {
    const { out } = await run('', { cluster: cluster(), words: ['__complete', 'undo', '-n', 'demo', 'deplo'] });
    expect(lines(out)).toEqual(['deployment/', ':6']);
  });

  it('nothing, and no error, when the cluster cannot be asked', async () => {
    const connect = (): never => {
      throw new Error('no kubeconfig');
    };
    expect(await candidates('approve _', { connect })).toEqual([]);
    const made = cluster();
    made.list = () => Promise.reject(refusal(403, 'Forbidden', 'no'));
    expect(await candidates('approve _', { cluster: made })).toEqual([]);
  });

  it('kubectl asks kubectl_complete-sluice, with the words alone', async () => {
    const setting = { cluster: cluster(), script: '/usr/local/bin/kubectl_complete-sluice' };
    const { out } = await run('', { ...setting, words: ['approve', '-n', 'demo', ''] });
    expect(lines(out)).toEqual(['echoserver', 'second', ':4']);
  });
});

describe('scripts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-completion-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const seen = join(folder, 'seen');
  const stub = join(folder, 'sluice');
  writeFileSync(stub, `#!/bin/sh\necho "$@" >${seen}\nprintf 'rollout/x\\tfirst\\njson\\nyaml\\n:4\\n'\n`);
  chmodSync(stub, 0o755);

  it.each(Object.keys(SHELLS))('completion %s prints the script', async (shell) => {
    const { code, out } = await run(`completion ${shell}`);
    expect({ code, out }).toEqual({ code: 0, out: SHELLS[shell] });
  });

  it('an unknown shell is refused with the known ones', async () => {
    const { code, err } = await run('completion tcsh');
    expect(code).toBe(1);
    expect(err).toContain('Allowed choices are bash, zsh, fish.');
  });

  it.each([
    [['sluice', 'approve', 'ro'], 'rollout/x', '__complete approve ro'],
    [['sluice', 'get', '-o', ''], 'rollout/x json yaml', '__complete get -o '],
    [['sluice', 'get', '--output', '=', 'js'], 'json', '__complete get --output=js'],
    [['sluice', 'get', '--output', '='], 'rollout/x json yaml', '__complete get --output='],
  ])('bash asks with the words as they were typed, and takes what fits: %j', (words, expected, asked) => {
    const typed = words.map((word) => `'${word}'`).join(' ');
    const line = `${SHELLS['bash']}\nCOMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}; _sluice; echo "\${COMPREPLY[*]}"`;
    const { stdout, status, stderr } = spawnSync('bash', ['--norc', '--noprofile', '-c', line], {
      env: { PATH: `${folder}:/usr/bin:/bin`, SHLVL: '1' },
      encoding: 'utf8',
    });
    expect({ stdout, status, stderr }).toEqual({ stdout: `${expected}\n`, status: 0, stderr: '' });
    expect(readFileSync(seen, 'utf8')).toBe(`${asked}\n`);
  });
});
