import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALLOCATOR, smallerProgram, V8_FLAGS, type Program } from '../../../src/runtime/footprint.ts';

const program: Program = { execPath: '/bin/node', execArgv: [], argv: ['/bin/node', '/app/main.js', 'serve'], env: {} };

describe('the footprint of a process', () => {
  it('is set by flags before those that were given, and by variables that nobody has set', () => {
    const env = { HOME: '/root', MALLOC_ARENA_MAX: '4' };
    const { argv, env: next } = smallerProgram({ ...program, execArgv: ['--inspect'], env }) ?? { argv: [], env: {} };
    expect(argv[0]).toBe('/bin/node');
    expect(argv.slice(-3)).toEqual(['--inspect', '/app/main.js', 'serve']);
    expect(next).toMatchObject({ HOME: '/root', MALLOC_ARENA_MAX: '4', MALLOC_TRIM_THRESHOLD_: '131072' });
  });

  it('is set once', () => {
    const { argv = [] } = smallerProgram(program) ?? {};
    const flags = argv.slice(1, argv.indexOf('/app/main.js'));
    expect(smallerProgram({ ...program, execArgv: flags })).toBeUndefined();
  });

  it.each([
    ['flags', { execArgv: ['--max-semi-space-size=64'] }],
    ['NODE_OPTIONS', { env: { NODE_OPTIONS: '--max-semi-space-size=64' } }],
    ['the other spelling', { env: { NODE_OPTIONS: '--max_semi_space_size=64' } }],
    ['SLUICE_FOOTPRINT=off', { env: { SLUICE_FOOTPRINT: 'off' } }],
  ])('is left alone where a person has set it by %s', (_, given) => {
    expect(smallerProgram({ ...program, ...given })).toBeUndefined();
  });

  it('is said by the image too, where it costs no second start', () => {
    const image = readFileSync(new URL('../../../Dockerfile', import.meta.url), 'utf8');
    expect(image).toContain(V8_FLAGS.map((flag) => JSON.stringify(flag)).join(', '));
    for (const [name, value] of Object.entries(ALLOCATOR)) expect(image).toContain(`${name}=${value}`);
  });

  it('is that of the same process, which keeps its streams and its pid', () => {
    const source = new URL('../../../src/runtime/footprint.ts', import.meta.url).href;
    const script = `const before = process.env.BEFORE; process.env.BEFORE ??= String(process.pid);
      const { becomeSmaller } = await import(${JSON.stringify(source)});
      becomeSmaller(process);
      console.log(before === String(process.pid), process.execArgv.join(' '), process.argv.slice(2).join(' '));`;
    const url = `data:text/javascript,${encodeURIComponent(script)}`;
    const loader = ['--disable-warning=ExperimentalWarning', '--import', url, '--eval', ''];
    const { stdout, stderr } = spawnSync(process.execPath, loader, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toMatch(process.platform === 'win32' ? /^false/ : /^true --max-semi-space-size=\d+ /);
  });
});
