// Objects of an installation as commands handle them: the resource behind a kind, and the name by which users know it.

import { apiVersionOf, type KubeObject, type Resource } from '../../api/kube.ts';
import * as resources from '../../api/resources.ts';
import type { Target } from '../../objects/actions.ts';
import { OUR_LABELS } from '../../install/options.ts';

const KNOWN: readonly Resource[] = Object.values(resources);

export function resourceOf({ apiVersion, kind }: KubeObject): Resource {
  const found = KNOWN.find((resource) => resource.kind === kind && apiVersionOf(resource) === apiVersion);
  if (found === undefined) throw new TypeError(`no resource is known for ${kind ?? ''} (${apiVersion ?? ''})`);
  return found;
}

/** `clusterrole.rbac.authorization.k8s.io/x`, as kubectl names what it has done. */
export const displayName = ({ kind, group }: Resource, name: string): string =>
  `${kind.toLowerCase()}${group === '' ? '' : `.${group}`}/${name}`;

/** With the namespace, where objects of many are spoken of. */
export const placeOf = ({ resource, namespace, name }: Target): string =>
  `${displayName(resource, name)}${namespace === '' ? '' : ` in ${namespace}`}`;

/** Carries the labels of our installation. */
export const isOurs = ({ metadata }: KubeObject): boolean =>
  Object.entries(OUR_LABELS).every(([key, value]) => metadata.labels?.[key] === value);
