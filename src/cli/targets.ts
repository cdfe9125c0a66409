// What a user means, written as in kubectl: `x`, `rollout/x`, `rollouts x`, `rollouts.rollouts.kruise.io/x y`, and where
// workloads are meant too `deployment/x`, `deploy/x`, `deployments.apps x`.

import type { Resource } from '../api/kube.ts';
import { ROLLOUTS, ROLLOUTS_V1ALPHA1 } from '../api/resources.ts';
import { UsageError } from './errors.ts';

/** A kind of object that a verb takes. */
export interface Typed {
  resource: Resource;
  /** Words beside those that follow from the resource. */
  short?: readonly string[];
}

export interface Ref {
  resource: Resource;
  name: string;
}

export const ROLLOUT_TYPE: Typed = { resource: ROLLOUTS };

/** `deployment`, `deployments`, `deployments.apps`, `deployments.v1.apps`. */
function wordsFor({ resource, short = [] }: Typed): string[] {
  const { group, plural, kind } = resource;
  const versions = resource === ROLLOUTS ? [ROLLOUTS.version, ROLLOUTS_V1ALPHA1.version] : [resource.version];
  const long = [kind.toLowerCase(), plural];
  const dotted = long.flatMap((word) => [
    `${word}.${group}`,
    ...versions.map((version) => `${word}.${version}.${group}`),
  ]);
  return [...long, ...short, ...(group === '' ? [] : dotted)];
}

/** The first of two kinds that share a word is meant. */
export const typeNamed = (word: string, types: readonly Typed[]): Resource | undefined =>
  types.find((type) => wordsFor(type).includes(word.toLowerCase()))?.resource;

/** In the order given, each once; empty = nothing was named. A lone name is that of a Rollout. */
export function refsOf(args: readonly string[], types: readonly Typed[]): Ref[] {
  const [first = '', ...rest] = args;
  // `rollouts x` is resource and name; a lone `rollouts` means all of them.
  const typed = rest.every((word) => !word.includes('/')) ? typeNamed(first, types) : undefined;
  const refs =
    typed === undefined ? args.map((word) => refOf(word, types)) : rest.map((name) => ({ resource: typed, name }));
  return [...new Map(refs.map((ref) => [`${ref.resource.plural}.${ref.resource.group}/${ref.name}`, ref])).values()];
}

function refOf(word: string, types: readonly Typed[]): Ref {
  const [type = '', name, ...more] = word.split('/');
  if (name === undefined) return { resource: ROLLOUTS, name: word };
  const resource = typeNamed(type, types);
  if (resource === undefined) throw new UsageError(`error: "${word}" is not ${known(types)}`);
  if (name === '' || more.length > 0) {
    throw new UsageError(`error: "${word}" names no ${resource.kind}; write ${resource.kind.toLowerCase()}/NAME`);
  }
  return { resource, name };
}

function known(types: readonly Typed[]): string {
  const remedy = 'write rollout/NAME or NAME, where NAME is that of a Rollout';
  const others = types.filter((type) => type !== ROLLOUT_TYPE).map(({ resource }) => resource.kind.toLowerCase());
  return others.length === 0
    ? `a Rollout; ${remedy}`
    : `a Rollout, nor a workload of a kind that Sluice knows (${others.join(', ')}); ${remedy}`;
}

/** Names of Rollouts, each once; empty = all. */
export const namesOf = (args: readonly string[]): string[] => refsOf(args, [ROLLOUT_TYPE]).map(({ name }) => name);
