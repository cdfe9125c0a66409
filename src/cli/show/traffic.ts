// Where requests go, as a tree: which revision each Service selects, and what share the route objects show. The share is not
// believed but verified: the provider says for which step's wish the live objects are right.

import type { KubeObject, Resource } from '../../api/kube.ts';
import type { RolloutStep } from '../../api/rollout.ts';
import { stepsOf, subStatus } from '../../api/rollout-view.ts';
import { intentOf } from '../../api/intent.ts';
import { movesRequests } from '../../core/rollout/release.ts';
import { wishOf } from '../../core/rollout/release-traffic.ts';
import { providersFor, routeRefsOf, unsupportedRoutes } from '../../traffic/index.ts';
import type { Served } from '../../traffic/entries.ts';
import type { Wish } from '../../traffic/provider.ts';
import { selectorOf } from '../../traffic/services.ts';
import { age } from '../text/age.ts';
import type { Look, TrafficLook } from './look.ts';
import type { Node } from './tree.ts';

/** What a step sends to the new version. */
export function shareOf(step: RolloutStep | undefined): string {
  const matches = step?.matches ?? [];
  if (matches.length > 0) return `requests that match ${matches.map(matchText).join(' or ')}`;
  return step?.traffic === undefined ? 'no requests apart' : `${step.traffic} of requests`;
}

function matchText({ path, headers = [], queryParams = [] }: NonNullable<RolloutStep['matches']>[number]): string {
  const parts = [
    ...(path === undefined ? [] : [`path ${path.value ?? '/'}`]),
    ...headers.map(({ name, value }) => `header ${name}=${value}`),
    ...queryParams.map(({ name, value }) => `query ${name}=${value}`),
  ];
  return parts.join(' and ') || 'anything';
}

export function trafficNode({ rollout, workload, traffic, now }: Look): Node[] {
  if (traffic === undefined) return [];
  const { ref, stableService, canaryService } = traffic;
  const row = (resource: Pick<Resource, 'kind'>, name: string, object: KubeObject | undefined, info: string): Node => ({
    cells: [
      `${resource.kind}/${name}`,
      object === undefined ? 'Missing' : '',
      '',
      object === undefined ? '' : age(object.metadata.creationTimestamp, now),
      info,
    ],
  });
  const SERVICE = { kind: 'Service' };
  const selects = (service: KubeObject | undefined): string => selectionOf(service, workload?.view);
  const routes = routeRefsOf(ref)
    .filter(({ as, required }) => required || traffic.routes[as] !== undefined)
    .map(({ as, resource, name }) => row(resource, name, traffic.routes[as], ''));
  const children = [
    row(SERVICE, ref.service, stableService, selects(stableService)),
    ...(canaryService === undefined
      ? []
      : [row(SERVICE, canaryService.metadata.name, canaryService, selects(canaryService))]),
    ...routes,
  ];
  return [{ cells: ['Traffic', '', '', '', routeText({ rollout }, traffic)], children }];
}

function selectionOf(
  service: KubeObject | undefined,
  view: { revisionKey: string; stableRevision: string } | undefined,
): string {
  if (service === undefined || view === undefined) return '';
  const revision = selectorOf(service)?.[view.revisionKey];
  if (revision === undefined) return 'selects all pods';
  return `selects the ${revision === view.stableRevision ? 'stable' : 'new'} revision ${revision}`;
}

/** In words: the share that all route objects show now. */
function routeText(o: Pick<Look, 'rollout'>, traffic: TrafficLook): string {
  const { ref, routes } = traffic;
  const unsupported = unsupportedRoutes(ref);
  if (unsupported.length > 0) return unsupported.join('; ');
  return providersFor(ref)
    .map((provider) => {
      if (provider.verify(routes, wishFor(o, undefined)).is === 'verified')
        return `all requests go to Service/${ref.service}`;
      const step = stepsOf(o.rollout).find((one) => shows(provider, o, traffic, one));
      return step === undefined ? pendingText(provider, o, traffic) : `${shareOf(step)} to new pods`;
    })
    .join('; ');
}

const wishFor = (o: Pick<Look, 'rollout'>, step: RolloutStep | undefined): Wish =>
  wishOf(o.rollout, intentOf(o.rollout), step);

const shows = ({ verify }: Served, o: Pick<Look, 'rollout'>, { routes }: TrafficLook, step: RolloutStep): boolean =>
  movesRequests(intentOf(o.rollout), step) && verify(routes, wishFor(o, step)).is === 'verified';

function pendingText({ verify }: Served, o: Pick<Look, 'rollout'>, { routes }: TrafficLook): string {
  const step = stepsOf(o.rollout)[(subStatus(o.rollout)?.currentStepIndex ?? 1) - 1];
  const verdict = verify(routes, wishFor(o, step));
  return verdict.is === 'verified' ? '' : verdict.reason;
}
