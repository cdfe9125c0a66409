// What one run of vitest comes to: from its JSON report and how it ended to numbers and remarks. Nothing may hide: a test that
// did not run, a file that could not be loaded and an error outside any test all count as failures.

export interface VitestReport {
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { status: string; fullName: string }[];
  }[];
}

export interface Verdict {
  passed: number;
  failed: number;
  /** Failures that vitest itself does not show as such. */
  remarks: string[];
}

export interface Ending {
  /** Absent when vitest wrote none. */
  report?: VitestReport;
  /** Null when a signal ended it. */
  code: number | null;
  /** The user chose tests by name, so the others are skipped on purpose. */
  chosen: boolean;
}

export function verdict({ report, code, chosen }: Ending): Verdict {
  const total: Verdict = { passed: 0, failed: 0, remarks: [] };
  const fail = (remark: string): void => {
    total.failed += 1;
    total.remarks.push(remark);
  };
  for (const file of report?.testResults ?? []) {
    const failedBefore = total.failed;
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'passed') total.passed += 1;
      else if (status === 'failed') total.failed += 1;
      else if (!chosen) fail(`${file.name}: "${fullName}" did not run (${status}); nobody sees a skipped test`);
    }
    if (file.status !== 'passed' && total.failed === failedBefore) {
      fail(`${file.name}: failed outside its tests${file.message ? `: ${file.message}` : ''}`);
    }
  }
  if (report === undefined) fail(`vitest wrote no report (${ended(code)})`);
  else if (code !== 0 && total.failed === 0) fail(`vitest failed although every test passed (${ended(code)})`);
  return total;
}

const ended = (code: number | null): string => (code === null ? 'ended by a signal' : `exit ${code}`);

export function sum(verdicts: readonly Verdict[]): Verdict {
  const total = {
    passed: verdicts.reduce((count, { passed }) => count + passed, 0),
    failed: verdicts.reduce((count, { failed }) => count + failed, 0),
    remarks: verdicts.flatMap(({ remarks }) => remarks),
  };
  if (total.passed + total.failed > 0) return total;
  return { passed: 0, failed: 1, remarks: ['no test ran: nothing matches what was asked for'] };
}
