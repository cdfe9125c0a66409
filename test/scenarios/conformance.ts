// docs/conformance.md from the table and what a run has shown. The same results give the same bytes.

import { SCENARIOS } from './scenarios.ts';
import type { Row } from './table.ts';
import { ROUTES, SUBJECTS, TABLE } from './table.ts';

const MARK = { held: '✓', broken: '✗' };

const line = (cells: readonly string[], widths: readonly number[]): string =>
  `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;

function table(head: readonly string[], rows: readonly string[][]): string {
  const widths = head.map((_, at) => Math.max(3, ...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [line(head, widths), line(rule, widths), ...rows.map((row) => line(row, widths))].join('\n');
}

const reasons = [...new Set(TABLE.flatMap(({ unless }) => (unless === undefined ? [] : [unless])))];

function cell(row: Row, results: ReadonlyMap<string, boolean>): string {
  if (row.unless !== undefined) return `(${reasons.indexOf(row.unless) + 1})`;
  return results.get(row.title) === true ? MARK.held : MARK.broken;
}

const marks = (results: ReadonlyMap<string, boolean>): string =>
  SUBJECTS.map((subject) => {
    const rows = SCENARIOS.map((scenario) => [
      scenario.name,
      ...TABLE.filter((row) => row.subject === subject && row.scenario === scenario).map((row) => cell(row, results)),
    ]);
    return `## ${subject.name}\n\n${table(['', ...ROUTES.map(({ name }) => name)], rows)}`;
  }).join('\n\n');

export const render = (results: ReadonlyMap<string, boolean>): string => `# Conformance

Written by the cluster tests (\`test/cluster/scenarios.test.ts\`), which play every scenario with every kind and every route on a
real API server: ${MARK.held} everything was as it must be, ${MARK.broken} something was not, a number says why there is nothing to play.

All the time: no pod of a revision that was not approved beyond the size of its step; pods of the old revision untouched as far
as the step promises; as many pods ready as the style promises; no larger share of the requests on new pods than approved.

In the end: workload, Service and route byte for byte as the user wrote them; all pods of the right revision and ready; nothing
of Sluice left over but the marks of enrolment, and not even those where the Rollout is gone or disabled.

A Toy is a custom resource that no line of \`src/\` names.

${marks(results)}

${reasons.map((reason, at) => `(${at + 1}) ${reason}`).join('\n')}

## The scenarios

${table(
  ['', ''],
  SCENARIOS.map(({ name, tells }) => [name, tells]),
)}
`;
