// Traffic through an Ingress: a canary Ingress beside the user's one, with only the paths that lead to the stable Service,
// pointed at the canary Service, and the annotations of its class. The user's Ingress is never written.

import { ANNOTATION, canaryNameOf } from '../api/names.ts';
import type { Json, JsonObject, KubeObject, Strings } from '../api/kube.ts';
import { INGRESSES } from '../api/resources.ts';
import type { HttpMatch, TrafficRoutingRef } from '../api/rollout.ts';
import { create, patch, remove, type Action } from '../objects/actions.ts';
import { isObject, readAt, sameJson } from '../lib/json.ts';
import { DEFAULT_INGRESS_CLASS, ingressClass, unknownClassText } from './ingress-classes/index.ts';
import type { IngressClass } from './ingress-classes/ingress-class.ts';
import { belongsTo } from '../objects/ownership.ts';
import type { DesiredRoute, Routes, TrafficProvider, Verdict } from './provider.ts';

const STABLE = 'ingress';
const CANARY = 'canaryIngress';

const nameOf = (ref: TrafficRoutingRef): string => ref.ingress?.name ?? '';
const classNameOf = (ref: TrafficRoutingRef): string => ref.ingress?.classType || DEFAULT_INGRESS_CLASS;

/** The path with the canary Service as backend; undefined when it leads elsewhere (or to a resource). */
function redirected(path: Json, desired: DesiredRoute): JsonObject | undefined {
  const service = readAt(path, ['backend', 'service']);
  if (!isObject(path) || !isObject(service) || service['name'] !== desired.stableService) return undefined;
  return { ...path, backend: { service: { ...service, name: desired.canaryService } } };
}

function rulesFor(stable: KubeObject, desired: DesiredRoute): JsonObject[] {
  const rules = readAt(stable, ['spec', 'rules']);
  return (Array.isArray(rules) ? (rules as Json[]) : []).flatMap((rule) => {
    const paths = readAt(rule, ['http', 'paths']);
    if (!isObject(rule) || !Array.isArray(paths)) return [];
    const kept = (paths as Json[]).flatMap((path) => redirected(path, desired) ?? []);
    return kept.length === 0 ? [] : [{ ...rule, http: { paths: kept } }];
  });
}

function annotationsFor(stable: KubeObject, kind: IngressClass, desired: DesiredRoute): Strings {
  const copied = Object.entries(stable.metadata.annotations ?? {}).filter(
    ([key]) => key !== ANNOTATION.lastApplied && !kind.owns(key),
  );
  return { ...Object.fromEntries(copied), ...kind.annotations(desired, stable.metadata.annotations ?? {}) };
}

function specFor(stable: KubeObject, desired: DesiredRoute): JsonObject {
  const className = readAt(stable, ['spec', 'ingressClassName']);
  const tls = readAt(stable, ['spec', 'tls']);
  return {
    rules: rulesFor(stable, desired),
    ...(typeof className === 'string' ? { ingressClassName: className } : {}),
    ...(Array.isArray(tls) ? { tls: tls as Json[] } : {}),
  };
}

function creation(stable: KubeObject, kind: IngressClass, desired: DesiredRoute): Action {
  const object: KubeObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: canaryNameOf(stable.metadata.name),
      ...(stable.metadata.namespace === undefined ? {} : { namespace: stable.metadata.namespace }),
      labels: { ...stable.metadata.labels },
      annotations: annotationsFor(stable, kind, desired),
      ownerReferences: [desired.owner],
    },
    spec: specFor(stable, desired),
  };
  return create(INGRESSES, object, `route ${shareText(desired)} to the new version`);
}

const shareText = (desired: DesiredRoute): string =>
  desired.matches.length > 0 ? 'matching requests' : `${desired.weight ?? 0} % of requests`;

/** Merge patch from the present annotations to the wanted ones; others' additions stay. */
function difference(present: Strings, wanted: Strings, kind: IngressClass): JsonObject | undefined {
  const changes: JsonObject = {};
  for (const [key, value] of Object.entries(wanted)) if (present[key] !== value) changes[key] = value;
  for (const key of Object.keys(present)) if (kind.owns(key) && !Object.hasOwn(wanted, key)) changes[key] = null;
  return Object.keys(changes).length === 0 ? undefined : changes;
}

/** The wanted spec, with an explicit null for a TLS section that the stable Ingress has no more. */
const specPatch = (canary: KubeObject, wanted: JsonObject): JsonObject =>
  readAt(canary, ['spec', 'tls']) !== undefined && wanted['tls'] === undefined ? { ...wanted, tls: null } : wanted;

function corrections(stable: KubeObject, canary: KubeObject, kind: IngressClass, desired: DesiredRoute): JsonObject {
  const annotations = difference(canary.metadata.annotations ?? {}, annotationsFor(stable, kind, desired), kind);
  const wanted = specPatch(canary, specFor(stable, desired));
  const stale = Object.keys(wanted).some((field) => !sameJson(readAt(canary, ['spec', field]), wanted[field]));
  return {
    ...(annotations === undefined ? {} : { metadata: { annotations } }),
    ...(stale ? { spec: wanted } : {}),
  };
}

const isGiven = (conditions: HttpMatch[keyof HttpMatch]): boolean => Array.isArray(conditions) && conditions.length > 0;

/** The default backend takes what no rule takes, so a second Ingress can have no share of it. */
function noPathText(stable: KubeObject, { stableService: service }: DesiredRoute): string {
  const { name } = stable.metadata;
  const isDefault = readAt(stable, ['spec', 'defaultBackend', 'service', 'name']) === service;
  const remedy = `give it a rule with path / and backend ${service}`;
  return isDefault
    ? `Ingress ${name} leads to Service ${service} by its defaultBackend only, of which no share can be routed; ${remedy}`
    : `Ingress ${name} has no path that leads to Service ${service}; ${remedy}`;
}

/** Why no write can help, for people. */
function obstacle(ref: TrafficRoutingRef, routes: Routes, desired: DesiredRoute): string | undefined {
  const stable = routes[STABLE];
  const canary = routes[CANARY];
  const kind = ingressClass(classNameOf(ref));
  if (kind === undefined) return unknownClassText(classNameOf(ref));
  if (stable === undefined) return `Ingress ${nameOf(ref)} does not exist`;
  if (rulesFor(stable, desired).length === 0) return noPathText(stable, desired);
  if (desired.matches.some((match) => !kind.reads.some((field) => isGiven(match[field])))) {
    return `ingress class ${kind.name} tells requests by ${kind.reads.join(' and ')} only; give every match of the step one of these`;
  }
  if (canary !== undefined && !belongsTo(canary, desired.owner.uid)) {
    return `Ingress ${canary.metadata.name} exists and was not made for ${desired.owner.kind} ${desired.owner.name}; rename or delete it`;
  }
  return undefined;
}

function planFor(ref: TrafficRoutingRef, routes: Routes, desired: DesiredRoute | 'stable'): Action[] {
  const { [STABLE]: stable, [CANARY]: canary } = routes;
  if (desired === 'stable') {
    if (canary === undefined || canary.metadata.deletionTimestamp !== undefined) return [];
    return [remove(INGRESSES, canary, 'route all traffic to the stable version')];
  }
  const kind = ingressClass(classNameOf(ref));
  if (obstacle(ref, routes, desired) !== undefined || stable === undefined || kind === undefined) return [];
  if (canary === undefined) return [creation(stable, kind, desired)];
  if (canary.metadata.deletionTimestamp !== undefined) return [];
  const body = corrections(stable, canary, kind, desired);
  if (Object.keys(body).length === 0) return [];
  return [patch(INGRESSES, canary, body, `route ${shareText(desired)} to the new version`)];
}

function verify(ref: TrafficRoutingRef, routes: Routes, desired: DesiredRoute | 'stable'): Verdict {
  const canary = routes[CANARY];
  if (desired === 'stable') {
    if (canary === undefined) return { is: 'verified' };
    return { is: 'pending', reason: `Ingress ${canary.metadata.name} is being removed` };
  }
  const broken = obstacle(ref, routes, desired);
  if (broken !== undefined) return { is: 'broken', reason: broken };
  const isThere = canary !== undefined && canary.metadata.deletionTimestamp === undefined;
  if (isThere && planFor(ref, routes, desired).length === 0) return { is: 'verified' };
  return { is: 'pending', reason: `Ingress ${canaryNameOf(nameOf(ref))} does not show ${shareText(desired)} yet` };
}

export const ingress: TrafficProvider = {
  id: 'ingress',
  resources: [INGRESSES],
  makes: [INGRESSES],
  handles: (ref) => ref.ingress !== undefined,
  refs: (ref) => [
    { as: STABLE, resource: INGRESSES, name: nameOf(ref), required: true },
    { as: CANARY, resource: INGRESSES, name: canaryNameOf(nameOf(ref)), required: false },
  ],
  plan: planFor,
  verify,
};
