// Traffic through an Ingress: a canary Ingress beside the user's one, with only the paths that lead to the stable Service,
// pointed at the canary Service, and the annotations of its class. The user's Ingress is never written. There is one canary
// Ingress, so there can be one branch.

import { ANNOTATION, canaryNameOf } from '../api/names.ts';
import type { Json, JsonObject, KubeObject, Strings } from '../api/kube.ts';
import { INGRESS_CLASSES, INGRESSES } from '../api/resources.ts';
import type { HttpMatch } from '../api/rollout.ts';
import { create, patch, remove, type Action } from '../objects/actions.ts';
import { isObject, readAt, sameJson } from '../lib/json.ts';
import { DEFAULT_INGRESS_CLASS, SPLITTING_CLASSES, ingressClass, unknownClassText } from './ingress-classes/index.ts';
import type { IngressClass } from './ingress-classes/ingress-class.ts';
import { belongsTo } from '../objects/ownership.ts';
import type { Branch, Entry, Routes, TrafficProvider, RouteVerdict, Wish } from './provider.ts';
import { namesText, shareText, whyText } from './wish.ts';

const STABLE = 'ingress';
const CANARY = 'canaryIngress';
const CLASS = 'ingressClass';
/** What named the class before `spec.ingressClassName`. */
const OLD_CLASS = 'kubernetes.io/ingress.class';

const nameOf = ({ ingress: named }: Entry): string => named?.name ?? '';
const classNameOf = ({ ingress: named }: Entry): string => named?.classType || DEFAULT_INGRESS_CLASS;

/** The name of its class: a field, or what stood for that field before there was one. */
function userClassOf(stable: KubeObject | undefined): string {
  if (stable === undefined) return '';
  const named = readAt(stable, ['spec', 'ingressClassName']) ?? stable.metadata.annotations?.[OLD_CLASS];
  return typeof named === 'string' ? named : '';
}

/**
 * Another controller serves the Ingress than those that read the annotations of the class that counts where none is named. Whoever names
 * a class knows better, and a class that nobody has described may be anybody's. What is split already goes on.
 */
function servedByOthers(
  entry: Entry,
  kind: IngressClass,
  { [STABLE]: stable, [CANARY]: canary, [CLASS]: described }: Routes,
): string | undefined {
  const controller = readAt(described ?? {}, ['spec', 'controller']);
  if (canary !== undefined || entry.ingress?.classType || typeof controller !== 'string' || isReadBy(kind, controller))
    return undefined;
  const known = SPLITTING_CLASSES.find((one) => isReadBy(one, controller));
  const remedy =
    known === undefined
      ? `name a class of ${SPLITTING_CLASSES.map(({ name }) => name).join(', ')} in ingress.classType, if it does all the same`
      : `set ingress.classType to ${known.name}`;
  return `Ingress ${nameOf(entry)} is of class ${userClassOf(stable)}, and its controller ${controller} does not read the annotations of ${kind.name}, which count where no class is named; ${remedy}`;
}

const isReadBy = ({ controllers }: IngressClass, controller: string): boolean =>
  controllers.some((known) => known.test(controller));

/** A wish of one branch, which it can carry. */
interface OneBranch extends Pick<Wish, 'owner' | 'base'> {
  branch: Branch;
}

function oneBranch({ owner, base, branches }: Wish): OneBranch | undefined {
  const [branch] = branches;
  return branch === undefined || branches.length > 1 ? undefined : { owner, base, branch };
}

/** The path with the canary Service as backend; undefined when it leads elsewhere (or to a resource). */
function redirected(path: Json, { base, branch }: OneBranch): JsonObject | undefined {
  const service = readAt(path, ['backend', 'service']);
  if (!isObject(path) || !isObject(service) || service['name'] !== base) return undefined;
  return { ...path, backend: { service: { ...service, name: branch.service } } };
}

function rulesFor(stable: KubeObject, wish: OneBranch): JsonObject[] {
  const rules = readAt(stable, ['spec', 'rules']);
  return (Array.isArray(rules) ? (rules as Json[]) : []).flatMap((rule) => {
    const paths = readAt(rule, ['http', 'paths']);
    if (!isObject(rule) || !Array.isArray(paths)) return [];
    const kept = (paths as Json[]).flatMap((path) => redirected(path, wish) ?? []);
    return kept.length === 0 ? [] : [{ ...rule, http: { paths: kept } }];
  });
}

function annotationsFor(stable: KubeObject, kind: IngressClass, { branch }: OneBranch): Strings {
  const copied = Object.entries(stable.metadata.annotations ?? {}).filter(
    ([key]) => key !== ANNOTATION.lastApplied && !kind.owns(key),
  );
  return { ...Object.fromEntries(copied), ...kind.annotations(branch, stable.metadata.annotations ?? {}) };
}

function specFor(stable: KubeObject, wish: OneBranch): JsonObject {
  const className = readAt(stable, ['spec', 'ingressClassName']);
  const tls = readAt(stable, ['spec', 'tls']);
  return {
    rules: rulesFor(stable, wish),
    ...(typeof className === 'string' ? { ingressClassName: className } : {}),
    ...(Array.isArray(tls) ? { tls: tls as Json[] } : {}),
  };
}

function creation(stable: KubeObject, kind: IngressClass, wish: OneBranch, why: string): Action {
  const object: KubeObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: canaryNameOf(stable.metadata.name),
      ...(stable.metadata.namespace === undefined ? {} : { namespace: stable.metadata.namespace }),
      labels: { ...stable.metadata.labels },
      annotations: annotationsFor(stable, kind, wish),
      ownerReferences: [wish.owner],
    },
    spec: specFor(stable, wish),
  };
  return create(INGRESSES, object, why);
}

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

function corrections(stable: KubeObject, canary: KubeObject, kind: IngressClass, wish: OneBranch): JsonObject {
  const annotations = difference(canary.metadata.annotations ?? {}, annotationsFor(stable, kind, wish), kind);
  const wanted = specPatch(canary, specFor(stable, wish));
  const stale = Object.keys(wanted).some((field) => !sameJson(readAt(canary, ['spec', field]), wanted[field]));
  return {
    ...(annotations === undefined ? {} : { metadata: { annotations } }),
    ...(stale ? { spec: wanted } : {}),
  };
}

const isGiven = (conditions: HttpMatch[keyof HttpMatch]): boolean => Array.isArray(conditions) && conditions.length > 0;

/** The default backend takes what no rule takes, so a second Ingress can have no share of it. */
function noPathText(stable: KubeObject, service: string): string {
  const { name } = stable.metadata;
  const isDefault = readAt(stable, ['spec', 'defaultBackend', 'service', 'name']) === service;
  const remedy = `give it a rule with path / and backend ${service}`;
  return isDefault
    ? `Ingress ${name} leads to Service ${service} by its defaultBackend only, of which no share can be routed; ${remedy}`
    : `Ingress ${name} has no path that leads to Service ${service}; ${remedy}`;
}

/** Why no write can help, for people. */
function obstacle(entry: Entry, routes: Routes, wish: Wish): string | undefined {
  const stable = routes[STABLE];
  const canary = routes[CANARY];
  const kind = ingressClass(classNameOf(entry));
  const one = oneBranch(wish);
  if (kind === undefined) return unknownClassText(classNameOf(entry));
  if (stable === undefined) return `Ingress ${nameOf(entry)} does not exist`;
  const others = servedByOthers(entry, kind, routes);
  if (others !== undefined) return others;
  if (one === undefined) return manyText(entry, wish);
  if (rulesFor(stable, one).length === 0) return noPathText(stable, wish.base);
  if (one.branch.matches.some((match) => !kind.reads.some((field) => isGiven(match[field])))) {
    return `ingress class ${kind.name} tells requests by ${kind.reads.join(' and ')} only; give every match of the step one of these`;
  }
  if (canary !== undefined && !belongsTo(canary, wish.owner.uid)) {
    return `Ingress ${canary.metadata.name} exists and was not made for ${wish.owner.kind} ${wish.owner.name}; rename or delete it`;
  }
  return undefined;
}

const manyText = (entry: Entry, wish: Wish): string =>
  `Ingress ${nameOf(entry)} can carry one branch of the requests to Service ${wish.base}, and ${wish.branches.length} are wanted (${namesText(wish)}); keep one, or route by an HTTPRoute`;

function planFor(entry: Entry, routes: Routes, wish: Wish): Action[] {
  const { [STABLE]: stable, [CANARY]: canary } = routes;
  if (wish.branches.length === 0) {
    if (canary === undefined || canary.metadata.deletionTimestamp !== undefined) return [];
    return [remove(INGRESSES, canary, whyText(wish))];
  }
  const kind = ingressClass(classNameOf(entry));
  const one = oneBranch(wish);
  if (obstacle(entry, routes, wish) !== undefined || stable === undefined) return [];
  if (kind === undefined || one === undefined) return [];
  if (canary === undefined) return [creation(stable, kind, one, whyText(wish))];
  if (canary.metadata.deletionTimestamp !== undefined) return [];
  const body = corrections(stable, canary, kind, one);
  return Object.keys(body).length === 0 ? [] : [patch(INGRESSES, canary, body, whyText(wish))];
}

function verify(entry: Entry, routes: Routes, wish: Wish): RouteVerdict {
  const canary = routes[CANARY];
  if (wish.branches.length === 0) {
    if (canary === undefined) return { is: 'verified' };
    return { is: 'pending', reason: `Ingress ${canary.metadata.name} is being removed` };
  }
  const broken = obstacle(entry, routes, wish);
  if (broken !== undefined) return { is: 'broken', reason: broken };
  const isThere = canary !== undefined && canary.metadata.deletionTimestamp === undefined;
  if (isThere && planFor(entry, routes, wish).length === 0) return { is: 'verified' };
  return { is: 'pending', reason: `Ingress ${canaryNameOf(nameOf(entry))} does not show ${shareText(wish)} yet` };
}

export const ingress: TrafficProvider = {
  id: 'ingress',
  resources: [INGRESSES],
  makes: [INGRESSES],
  looksAt: [INGRESS_CLASSES],
  handles: (entry) => entry.ingress !== undefined,
  refs: (entry) => [
    { as: STABLE, resource: INGRESSES, name: nameOf(entry), required: true },
    { as: CANARY, resource: INGRESSES, name: canaryNameOf(nameOf(entry)), required: false },
  ],
  follows: (_entry, { [STABLE]: stable }) => {
    const name = userClassOf(stable);
    return name === '' ? [] : [{ as: CLASS, resource: INGRESS_CLASSES, name, required: false }];
  },
  plan: planFor,
  verify,
};
