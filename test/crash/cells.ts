// Which cells of the table are played while Sluice dies: every scenario with every subject, with an Ingress where requests can
// be steered, else without traffic. Other routes on demand.

import { ROUTES, SUBJECTS, TABLE, type Row } from '../scenarios/table.ts';

export interface Choice {
  scenario?: string | undefined;
  subject?: string | undefined;
  route?: string | undefined;
}

/** The routes that are enough, the better one first. */
const ENOUGH = ['Ingress', 'no traffic'];

export function crashCells({ scenario, subject, route }: Choice = {}): Row[] {
  const played = TABLE.filter(
    (row) =>
      row.unless === undefined &&
      (scenario === undefined || row.scenario.name === scenario) &&
      (subject === undefined || row.subject.name === subject),
  );
  if (route !== undefined) return played.filter((row) => route === 'all' || row.route.name === route);
  return played.filter((row) => row.route.name === bestRoute(played, row));
}

const bestRoute = (rows: readonly Row[], { scenario, subject }: Row): string | undefined =>
  ENOUGH.find((name) =>
    rows.some((row) => row.scenario === scenario && row.subject === subject && row.route.name === name),
  );

export const choices = (): string =>
  [
    `subjects: ${SUBJECTS.map(({ name }) => name).join(', ')}`,
    `routes: ${ROUTES.map(({ name }) => name).join(', ')}, all`,
    `scenarios: ${[...new Set(TABLE.map((row) => row.scenario.name))].join(', ')}`,
  ].join('\n');
