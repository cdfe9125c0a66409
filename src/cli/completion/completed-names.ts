// Names for completion, asked of the cluster within the time that a person waits for a shell.

import type { Resource } from '../../api/kube.ts';
import { NAMESPACES, ROLLOUTS } from '../../api/resources.ts';
import type { Cluster } from '../cluster.ts';
import { subjectTypes } from '../subject.ts';
import { ROLLOUT_TYPE, typeNamed, type Typed } from '../targets.ts';
import type { GlobalOptions } from '../verb.ts';

export interface Completions {
  /** `word` or `word<TAB>description`. */
  words: string[];
  /** The word is not finished: no space behind it. */
  open: boolean;
}

const PATIENCE_MS = 2_000;

interface Asked {
  typed: string;
  args: readonly string[];
  options: GlobalOptions;
}

export async function namesFor(
  what: 'namespaces' | 'rollouts' | 'subjects',
  { typed, args, options }: Asked,
  connect: () => Promise<Cluster>,
): Promise<Completions> {
  if (what === 'namespaces') return { words: await listed(connect, options, NAMESPACES), open: false };
  const types = what === 'subjects' ? subjectTypes() : [ROLLOUT_TYPE];
  const slash = typed.indexOf('/');
  const type = typed.slice(0, Math.max(0, slash));
  const resource = slash < 0 ? undefined : typeNamed(type, types);
  if (resource !== undefined) {
    const names = await listed(connect, options, resource);
    return { words: fresh(names, args).map((name) => `${type}/${name}`), open: false };
  }
  const named = typeNamed(args[0] ?? '', types);
  const names = fresh(await listed(connect, options, named ?? ROLLOUTS), args);
  return {
    words: [...names, ...(args.length === 0 ? prefixes(typed, types) : [])],
    open: isPrefix(typed, names, types),
  };
}

/** What was named already is not named again. */
const fresh = (names: readonly string[], args: readonly string[]): string[] =>
  names.filter((name) => !args.some((word) => word === name || word.endsWith(`/${name}`)));

/** `deployment/`, once something of it was typed. */
const prefixes = (typed: string, types: readonly Typed[]): string[] =>
  typed === ''
    ? []
    : types.map(({ resource }) => `${resource.kind.toLowerCase()}/`).filter((word) => word.startsWith(typed));

/** Only a prefix fits: something must follow it. */
const isPrefix = (typed: string, names: readonly string[], types: readonly Typed[]): boolean =>
  !names.some((name) => name.startsWith(typed)) && prefixes(typed, types).length > 0;

/** Nothing when the cluster cannot be asked: completion is no place for errors. */
async function listed(connect: () => Promise<Cluster>, options: GlobalOptions, resource: Resource): Promise<string[]> {
  try {
    const { client, namespace } = await connect();
    const scope = resource.namespaced ? { namespace: options.namespace ?? namespace } : {};
    const project = ({ metadata }: { metadata: { name: string } }) => ({ metadata: { name: metadata.name } });
    const { items } = await client.list(resource, { ...scope, project, timeoutMs: PATIENCE_MS });
    return [...new Set(items.map(({ metadata }) => metadata.name))].sort();
  } catch {
    return [];
  }
}
