// Where requests go as a tree: Services, route objects, and the TrafficRouting that is shared.

import { TRAFFIC_ROUTINGS } from '../../api/resources.ts';
import type { ReleaseModel } from '../../view/release-model.ts';
import { ago } from '../../view/times.ts';
import { requestsText, type RouteModel, type ServiceModel } from '../../view/traffic.ts';
import type { Node } from './tree.ts';

export function trafficNodes({ traffic, now }: ReleaseModel): Node[] {
  if (traffic === undefined) return [];
  const row = (route: RouteModel, info: string): Node => ({
    cells: [
      `${route.kind}/${route.name}`,
      route.exists ? '' : 'Missing',
      '',
      route.exists ? ago(route.created, now) : '',
      info,
    ],
  });
  const children = [
    ...traffic.services.map((service) => row(service, selectionText(service))),
    ...traffic.routes.map((route) => row(route, '')),
  ];
  return [{ cells: ['Traffic', '', '', '', requestsText(traffic.requests)], children }];
}

function selectionText({ selects, selectsAll }: ServiceModel): string {
  if (selects === undefined) return selectsAll ? 'selects all pods' : '';
  return `selects the ${selects.role} revision ${selects.revision}`;
}

export function sharedNodes({ shared, now }: ReleaseModel): Node[] {
  if (shared === undefined) return [];
  const { name, exists, created, phase, message } = shared;
  return [{ cells: [`${TRAFFIC_ROUTINGS.kind}/${name}`, phase, '', exists ? ago(created, now) : '', message] }];
}
