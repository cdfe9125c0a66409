// The two Services of a release: the user's stable one, pinned to the stable revision, and the canary one that selects the
// new pods. Decides which writes bring them there and back; bytes of the stable Service other than the pin stay.

import { ANNOTATION, canaryServiceNameOf, FIELD_MANAGER, LABEL } from '../api/names.ts';
import type { Json, JsonObject, KubeObject, OwnerReference, Strings } from '../api/kube.ts';
import { SERVICES } from '../api/resources.ts';
import { create, patch, remove, type Action } from '../objects/actions.ts';
import { isObject, readAt, sameJson, without } from '../lib/json.ts';
import { belongsTo } from '../objects/ownership.ts';

/** Labels that tell revisions apart; a user's own selector has neither. */
const REVISION_KEYS = [LABEL.podTemplateHash, LABEL.controllerRevisionHash];
const NOT_COPIED = [
  'clusterIP',
  'clusterIPs',
  'externalIPs',
  'ipFamilies',
  'ipFamilyPolicy',
  'loadBalancerIP',
  'healthCheckNodePort',
];

/** Undefined when the Service selects nothing by itself. */
export function serviceSelector(service: KubeObject): Strings | undefined {
  const selector = readAt(service, ['spec', 'selector']);
  return isObject(selector) && Object.keys(selector).length > 0 ? (selector as Strings) : undefined;
}

/** What the user wrote: without a pin. Undefined when that selects nothing. */
export function ownSelector(service: KubeObject): Strings | undefined {
  const own = without(serviceSelector(service) ?? {}, ...REVISION_KEYS) as Strings;
  return Object.keys(own).length === 0 ? undefined : own;
}

export function pin(service: KubeObject, key: string, revision: string): Action[] {
  if (serviceSelector(service)?.[key] === revision) return [];
  const why = `Service ${service.metadata.name} selects only the stable revision ${revision}`;
  return [patch(SERVICES, service, { spec: { selector: { [key]: revision } } }, why)];
}

/** Somebody else has written what it selects since we did last. Whole seconds are all that is known. */
export function isSelectorTouched({ metadata }: KubeObject): boolean {
  const writes = (metadata.managedFields ?? []).filter(({ fieldsV1 }) => {
    return readAt(fieldsV1, ['f:spec', 'f:selector']) !== undefined;
  });
  const timesOf = (isOurs: boolean): string[] =>
    writes.filter(({ manager }) => (manager === FIELD_MANAGER) === isOurs).map(({ time = '' }) => time);
  const [ours] = timesOf(true).sort().slice(-1);
  return ours !== undefined && timesOf(false).some((time) => time >= ours);
}

export function unpin(service: KubeObject): Action[] {
  const selector = serviceSelector(service) ?? {};
  const pinned = REVISION_KEYS.filter((key) => Object.hasOwn(selector, key));
  if (pinned.length === 0) return [];
  const cleared: JsonObject = Object.fromEntries(pinned.map((key) => [key, null]));
  return [
    patch(
      SERVICES,
      service,
      { spec: { selector: cleared } },
      `Service ${service.metadata.name} selects all pods again`,
    ),
  ];
}

export interface CanaryServiceWish {
  key: string;
  revision: string;
  owner: OwnerReference;
  /** Pod labels of the release: values of selector keys follow them. */
  podLabels: Strings | undefined;
  /** Labels that the selector lacks are added to it. */
  addsPodLabels: boolean;
}

function wantedSelector(stable: KubeObject, wish: CanaryServiceWish): Strings {
  const selector: Strings = {};
  for (const [key, value] of Object.entries(ownSelector(stable) ?? {})) selector[key] = wish.podLabels?.[key] ?? value;
  return { ...selector, ...(wish.addsPodLabels ? wish.podLabels : {}), [wish.key]: wish.revision };
}

function portsOf(service: KubeObject): JsonObject[] {
  const ports = readAt(service, ['spec', 'ports']);
  return (Array.isArray(ports) ? (ports as JsonObject[]) : []).map(({ nodePort: _nodePort, ...port }) => port);
}

/** Headless stays headless. */
function specOf(stable: KubeObject): JsonObject {
  const spec: JsonObject = { ...(readAt(stable, ['spec']) as JsonObject | undefined) };
  const headless = spec['clusterIP'] === 'None';
  for (const field of NOT_COPIED) delete spec[field];
  return { ...spec, ...(headless ? { clusterIP: 'None' } : {}), ports: portsOf(stable) };
}

/** Writes towards the canary Service; empty when it is as it should be, or is on its way out. */
export function canaryService(stable: KubeObject, present: KubeObject | undefined, wish: CanaryServiceWish): Action[] {
  const selector = wantedSelector(stable, wish);
  if (present === undefined) {
    const why = `Service ${canaryServiceNameOf(stable.metadata.name)} selects the new pods`;
    return [create(SERVICES, newCanaryService(stable, selector, wish), why)];
  }
  if (present.metadata.deletionTimestamp !== undefined) return [];
  const body: JsonObject = {};
  const current = serviceSelector(present) ?? {};
  if (!sameJson(current, selector)) {
    const dropped = Object.keys(current).filter((key) => !Object.hasOwn(selector, key));
    body['selector'] = { ...Object.fromEntries(dropped.map((key) => [key, null])), ...selector };
  }
  if (!sameJson(portsOf(present), portsOf(stable))) body['ports'] = portsOf(stable) as Json;
  if (Object.keys(body).length === 0) return [];
  return [patch(SERVICES, present, { spec: body }, `Service ${present.metadata.name} selects the new pods`)];
}

/** Why the canary Service cannot be made, for people. */
export const canaryServiceObstacle = (present: KubeObject | undefined, owner: OwnerReference): string | undefined =>
  present === undefined || belongsTo(present, owner.uid)
    ? undefined
    : `Service ${present.metadata.name} exists and was not made for Rollout ${owner.name}; rename or delete it`;

function newCanaryService(stable: KubeObject, selector: Strings, wish: CanaryServiceWish): KubeObject {
  const { [ANNOTATION.lastApplied]: _applied, ...annotations } = stable.metadata.annotations ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: canaryServiceNameOf(stable.metadata.name),
      ...(stable.metadata.namespace === undefined ? {} : { namespace: stable.metadata.namespace }),
      labels: { ...stable.metadata.labels },
      annotations,
      ownerReferences: [wish.owner],
    },
    spec: { ...specOf(stable), selector },
  };
}

export const removeCanaryService = (canary: KubeObject): Action[] =>
  canary.metadata.deletionTimestamp !== undefined
    ? []
    : [remove(SERVICES, canary, `Service ${canary.metadata.name} is not needed any more`)];
