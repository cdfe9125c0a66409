// What the gateways say of an HTTPRoute: whether their controllers have taken up its present rules, whether they accept them, and
// whether they find what these lead to. A route that no controller has spoken of counts as taken up: there is nobody to ask.

import type { Condition, JsonObject, KubeObject } from '../../api/kube.ts';
import { isObject, readAt } from '../../lib/json.ts';
import type { RouteVerdict } from '../provider.ts';

interface Word extends Condition {
  observedGeneration?: number;
}
interface Parent {
  /** For people. */
  who: string;
  accepted: Word | undefined;
  partial: Word | undefined;
  resolved: Word | undefined;
}

const objects = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

function parentOf(parent: JsonObject): Parent {
  const conditions = objects(parent['conditions']) as unknown as Word[];
  const { controllerName } = parent;
  const name = readAt(parent, ['parentRef', 'name']);
  return {
    who: `controller ${typeof controllerName === 'string' ? controllerName : '(unnamed)'} of Gateway ${typeof name === 'string' ? name : '(unnamed)'}`,
    accepted: conditions.find(({ type }) => type === 'Accepted'),
    partial: conditions.find(({ type }) => type === 'PartiallyInvalid'),
    resolved: conditions.find(({ type }) => type === 'ResolvedRefs'),
  };
}

const parentsOf = (route: KubeObject): Parent[] => objects(readAt(route, ['status', 'parents'])).map(parentOf);

const isCurrent = (route: KubeObject, word: Word | undefined): boolean =>
  word !== undefined &&
  word.status !== 'Unknown' &&
  (word.observedGeneration ?? Infinity) >= (route.metadata.generation ?? 0);

function lateText(route: KubeObject, { who, accepted }: Parent): string {
  const { name, generation = 0 } = route.metadata;
  const seen = accepted?.observedGeneration;
  const detail = seen === undefined ? 'it has not judged it yet' : `it shows generation ${seen} of ${generation}`;
  return `${who} has not taken up the rules of HTTPRoute ${name} yet: ${detail}; if that controller is gone, remove its entry from status.parents`;
}

const refusedText = ({ metadata }: KubeObject, who: string, { reason, message }: Word): string =>
  `${who} does not accept HTTPRoute ${metadata.name} (${reason}: ${message}); correct the route or its Gateway`;

const unresolvedText = ({ metadata }: KubeObject, who: string, { reason, message }: Word): string =>
  `${who} does not find what a rule of HTTPRoute ${metadata.name} leads to (${reason}: ${message}), and fails its requests`;

interface Listened {
  /** Filters change requests, which some controllers cannot. */
  usesFilters?: boolean;
  /** Services of ours that a rule leads to, beside the user's own. */
  ours?: readonly string[];
  /** All other backends of the route. */
  others?: readonly string[];
}

/** The condition is about the whole route: where it names another backend and none of ours, it was so before. */
const isAboutOurs = ({ message }: Word, { ours = [], others = [] }: Listened): boolean =>
  ours.some((name) => message.includes(name)) || !others.some((name) => message.includes(name));

/** A controller that accepts the route fails the requests that it should lead to us. */
function unresolved(route: KubeObject, heard: readonly Parent[], listened: Listened): RouteVerdict | undefined {
  if ((listened.ours ?? []).length === 0) return undefined;
  for (const { who, accepted, resolved } of heard) {
    const isLost = accepted?.status === 'True' && resolved?.status === 'False' && isCurrent(route, resolved);
    if (isLost && isAboutOurs(resolved, listened))
      return { is: 'pending', reason: unresolvedText(route, who, resolved), because: resolved.reason };
  }
  return undefined;
}

/** Refused by everybody: broken. A Gateway that refuses a route which another one accepts does not count. */
export function wordOf(route: KubeObject, listened: Listened = {}): RouteVerdict {
  const parents = parentsOf(route);
  const late = parents.find(({ accepted }) => !isCurrent(route, accepted));
  const heard = parents.filter(({ accepted }) => isCurrent(route, accepted));
  const refused = heard.find(({ accepted }) => accepted?.status === 'False');
  const accepts = heard.some(({ accepted }) => accepted?.status === 'True');
  if (refused?.accepted !== undefined && !accepts && late === undefined) {
    return { is: 'broken', reason: refusedText(route, refused.who, refused.accepted) };
  }
  const partial = heard.find((one) => one.partial?.status === 'True' && isCurrent(route, one.partial));
  if (listened.usesFilters === true && partial?.partial !== undefined) {
    return { is: 'broken', reason: refusedText(route, partial.who, partial.partial) };
  }
  return unresolved(route, heard, listened) ?? lateVerdict(route, late);
}

function lateVerdict(route: KubeObject, late: Parent | undefined): RouteVerdict {
  return late === undefined ? { is: 'verified' } : { is: 'pending', reason: lateText(route, late) };
}
