// Which requests the routes of the case send to the new version, whatever kind of route it is.

import type { JsonObject, KubeObject, Resource } from '../../../../../src/api/kube.ts';
import { HTTP_ROUTES, INGRESSES } from '../../../../../src/api/resources.ts';
import type { ApiServer } from './api-server.ts';
import { WEB } from './objects.ts';

export const CANARY = `${WEB}-canary`;
export const ROUTES: readonly Resource[] = [INGRESSES, HTTP_ROUTES];
const WEIGHT = 'nginx.ingress.kubernetes.io/canary-weight';
const BY_HEADER = 'nginx.ingress.kubernetes.io/canary-by-header';

export interface Split {
  /** Service that gets the requests for the new version; the stable one when they share it. */
  service: string;
  /** Some request goes there. */
  flows: boolean;
}

interface IngressRule {
  http: { paths: { backend: { service: { name: string } } }[] };
}

/** What this object splits off; undefined = nothing. */
export function splitBy(resource: Resource, object: KubeObject | undefined): Split | undefined {
  if (object === undefined) return undefined;
  if (resource === INGRESSES) {
    if (object.metadata.name !== CANARY) return undefined;
    const { rules } = object['spec'] as { rules: IngressRule[] };
    const annotations = object.metadata.annotations ?? {};
    const service = rules[0]?.http.paths[0]?.backend.service.name ?? '';
    return { service, flows: Number(annotations[WEIGHT] ?? 0) > 0 || annotations[BY_HEADER] !== undefined };
  }
  const { rules } = object['spec'] as { rules: { backendRefs?: JsonObject[] }[] };
  const refs = rules.flatMap(({ backendRefs = [] }) => backendRefs).filter(({ name }) => name === CANARY);
  return refs.length === 0 ? undefined : { service: CANARY, flows: refs.some(({ weight }) => weight !== 0) };
}

export const splits = (server: ApiServer): Split[] =>
  ROUTES.flatMap((resource) => server.list(resource).flatMap((object) => splitBy(resource, object) ?? []));
