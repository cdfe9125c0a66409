// The table: every scenario with every subject and every route. What a registry gains must gain an adapter here; a contract
// test asks for it.

import { ingress } from './routes/ingress.ts';
import { httpRoute } from './routes/http-route.ts';
import { none } from './routes/none.ts';
import type { Route } from './route.ts';
import type { Scenario } from './scene.ts';
import { SCENARIOS } from './scenarios.ts';
import type { Subject } from './subject.ts';
import { deploymentCanary } from './subjects/deployment-canary.ts';
import { deploymentPartition } from './subjects/deployment-partition.ts';
import { statefulSet } from './subjects/stateful-set.ts';
import { toy } from './subjects/toy.ts';

export const SUBJECTS: readonly Subject[] = [deploymentCanary, deploymentPartition, statefulSet, toy];
export const ROUTES: readonly Route[] = [none, ingress, httpRoute];

export interface Row {
  title: string;
  subject: Subject;
  route: Route;
  scenario: Scenario;
  /** Why it is not played; undefined = it is. */
  unless: string | undefined;
}

export const TABLE: readonly Row[] = SUBJECTS.flatMap((subject) =>
  SCENARIOS.flatMap((scenario) =>
    ROUTES.map((route) => ({
      title: `${scenario.name} of ${subject.name} with ${route.name}`,
      subject,
      route,
      scenario,
      unless: scenario.unless?.(subject, route),
    })),
  ),
);
