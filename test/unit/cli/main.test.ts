import { describe, expect, it } from 'vitest';
import { VERBS } from '../../../src/cli/commands/index.ts';
import { programName } from '../../../src/cli/main.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import { FakeCluster, refusal } from './fake-cluster.ts';
import { lines, run } from './run.ts';

describe('help', () => {
  it.each(['', 'help', '--help', '-h'])('%j lists every verb with what it does, and succeeds', async (line) => {
    const { code, out, err } = await run(line);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const { name, summary } of VERBS) {
      expect(out).toContain(`  ${name} `);
      expect(out.replace(/\s+/g, ' ')).toContain(summary);
    }
  });

  it.each(VERBS.map(({ name }) => name))(
    '%s explains itself, with its own options and the common ones',
    async (name) => {
      const asHelp = await run(`help ${name}`);
      const asOption = await run(`${name} --help`);
      expect(asHelp).toEqual(asOption);
      expect(asHelp).toMatchObject({ code: 0, err: '' });
      expect(asHelp.out).toContain(`Usage: sluice ${name}`);
      expect(asHelp.out).toContain('--namespace');
    },
  );

  it('speaks as kubectl sluice when called as the plugin', async () => {
    const { out } = await run('help get', { script: '/usr/local/bin/kubectl-sluice' });
    expect(out).toContain('Usage: kubectl sluice get');
    expect(out).toContain('kubectl sluice get rollout/echoserver');
    const { err } = await run('gte', { script: '/usr/local/bin/kubectl-sluice.js' });
    expect(err).toContain("See 'kubectl sluice help'");
  });

  it.each([
    ['/usr/bin/sluice', 'sluice'],
    ['/x/dist/sluice.js', 'sluice'],
    ['/usr/bin/kubectl-sluice', 'kubectl sluice'],
    [undefined, 'sluice'],
  ])('takes its name from %s', (script, name) => {
    expect(programName(script)).toBe(name);
  });
});

describe('what cannot be understood', () => {
  it('names the verb that was probably meant', async () => {
    const { code, out, err } = await run('aprove rollout/x');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(lines(err)).toEqual([
      "error: unknown command 'aprove' (Did you mean approve?)",
      "See 'sluice help' for usage.",
    ]);
  });

  it.each([
    ['get --watchh', "error: unknown option '--watchh'", 'get'],
    ['get -o table', "argument 'table' is invalid. Allowed choices are json, yaml, wide, name.", 'get'],
    ['approve', "error: missing required argument 'rollout'", 'approve'],
    ['approve rollouts', 'error: give the Rollout to approve: rollout/NAME', 'approve'],
    ['get deployment/x', 'error: "deployment/x" is not a Rollout', 'get'],
    ['get -A x', 'cannot be fetched by name across all namespaces', 'get'],
    ['install --webhook-url http://x:1', '--webhook-url is "http://x:1"; it must be https://HOST:PORT', 'install'],
    ['install --webhook-url https://x:1/path', 'it must be https://HOST:PORT', 'install'],
    ['install -o yaml', 'add --dry-run', 'install'],
  ])('%s: one line that says why, a hint, exit code 1', async (line, message, verb) => {
    const { code, out, err } = await run(line);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    const [first, hint, ...more] = lines(err);
    expect(first).toContain(message);
    expect(hint).toBe(`See 'sluice help ${verb}' for usage.`);
    expect(more).toEqual([]);
  });
});

describe('what goes wrong', () => {
  it('says in one line that the kubeconfig cannot be used', async () => {
    const connect = (): never => {
      throw new Error('the kubeconfig /nope cannot be used:\n ENOENT');
    };
    expect(await run('get', { connect })).toEqual({
      code: 1,
      out: '',
      err: 'error: the kubeconfig /nope cannot be used: ENOENT\n',
    });
  });

  it('names the server that cannot be reached', async () => {
    const cluster = new FakeCluster();
    cluster.list = () =>
      Promise.reject(
        new KubeError({ status: 0, reason: 'Unreachable', message: 'GET /apis/x: connect ECONNREFUSED 127.0.0.1:1' }),
      );
    const { code, err } = await run('get', { cluster });
    expect(code).toBe(1);
    expect(lines(err)).toEqual([
      'error: cannot reach the API server https://cluster.example:6443: connect ECONNREFUSED 127.0.0.1:1; is it the right one (--context, --kubeconfig)?',
    ]);
  });

  it('passes on what the API server refuses, in kubectl’s words', async () => {
    const cluster = new FakeCluster();
    cluster.list = () => Promise.reject(refusal(403, 'Forbidden', 'rollouts is forbidden: User "u" cannot list'));
    const { code, err } = await run('get', { cluster });
    expect({ code, err }).toEqual({
      code: 1,
      err: 'Error from server (Forbidden): rollouts is forbidden: User "u" cannot list\n',
    });
  });

  it.each(['get', 'get x', 'approve x'])('%s tells how to install what the cluster does not know', async (line) => {
    const cluster = new FakeCluster();
    cluster.unserved.add('rollouts');
    const { code, err } = await run(line, { cluster });
    expect({ code, err }).toEqual({
      code: 1,
      err: 'error: the server doesn\'t have a resource type "rollouts.rollouts.kruise.io"; add it with: sluice install\n',
    });
  });

  it('closes the connection whatever happens', async () => {
    const cluster = new FakeCluster();
    await run('get', { cluster });
    await run('get nope', { cluster });
    expect(cluster.closed).toBe(2);
  });
});

describe('version', () => {
  it('needs no cluster', async () => {
    const connect = (): never => {
      throw new Error('connected');
    };
    for (const line of ['version', '--version']) {
      expect(await run(line, { connect })).toMatchObject({
        code: 0,
        err: '',
        out: expect.stringMatching(/^sluice \d+\.\d+\.\d+ \(node v/),
      });
    }
    expect(JSON.parse((await run('version -o json', { connect })).out)).toHaveProperty('sluice');
  });
});
