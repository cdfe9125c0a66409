import { describe, expect, test } from 'vitest';
import { sum, verdict, type VitestReport } from '../../tools/verdict.ts';

const file = (status: string, ...tests: string[]): VitestReport['testResults'][number] => ({
  name: 'a.test.ts',
  status,
  assertionResults: tests.map((each, index) => ({ status: each, fullName: `test ${index}` })),
});
const ending = (files: VitestReport['testResults'], code: number | null = 0, chosen = false) =>
  verdict({ report: { testResults: files }, code, chosen });

describe('the verdict of one run', () => {
  test('counts what passed and what failed', () => {
    const files = [file('passed', 'passed', 'passed'), file('failed', 'passed', 'failed')];
    expect(ending(files, 1)).toEqual({ passed: 3, failed: 1, remarks: [] });
  });

  test.each(['skipped', 'pending', 'todo', 'disabled'])('counts a %s test as a failure and names it', (status) => {
    const { passed, failed, remarks } = ending([file('passed', 'passed', status)]);
    expect({ passed, failed }).toEqual({ passed: 1, failed: 1 });
    expect(remarks).toEqual([`a.test.ts: "test 1" did not run (${status}); nobody sees a skipped test`]);
  });

  test('does not count what the user left out by name', () => {
    expect(ending([file('passed', 'passed', 'skipped')], 0, true)).toEqual({ passed: 1, failed: 0, remarks: [] });
  });

  test('counts a file that could not be loaded', () => {
    expect(ending([{ ...file('failed'), message: 'no such module' }], 1)).toEqual({
      passed: 0,
      failed: 1,
      remarks: ['a.test.ts: failed outside its tests: no such module'],
    });
  });

  test('counts an error outside any test', () => {
    const { failed, remarks } = ending([file('passed', 'passed')], 1);
    expect(failed).toBe(1);
    expect(remarks).toEqual(['vitest failed although every test passed (exit 1)']);
  });

  test.each([
    [null, 'ended by a signal'],
    [0, 'exit 0'],
    [1, 'exit 1'],
  ])('counts a run without a report (%s)', (code, how) => {
    expect(verdict({ code, chosen: false })).toEqual({
      passed: 0,
      failed: 1,
      remarks: [`vitest wrote no report (${how})`],
    });
  });
});

describe('the verdict of all runs', () => {
  test('adds them up', () => {
    const one = { passed: 2, failed: 1, remarks: ['x'] };
    expect(sum([one, { passed: 3, failed: 0, remarks: [] }])).toEqual({ passed: 5, failed: 1, remarks: ['x'] });
  });

  test('is a failure when no test ran', () => {
    expect(sum([{ passed: 0, failed: 0, remarks: [] }])).toMatchObject({ passed: 0, failed: 1 });
  });
});
