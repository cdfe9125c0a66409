// Who wrote which field last, as the API server keeps it for updates: a writer owns what it set or changed; what is removed
// nobody owns, and a writer that owns nothing more disappears with its time.

import type { ManagedFieldsEntry } from '../../../../../src/api/kube.ts';

interface Owner {
  manager: string;
  subresource: string | undefined;
  time: string;
  paths: Set<string>;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Leaves by path; a list counts as one. */
function leaves(value: unknown, path = '', found = new Map<string, string>()): Map<string, string> {
  if (!isMap(value)) found.set(path, JSON.stringify(value));
  else for (const [key, item] of Object.entries(value)) leaves(item, `${path}/${key}`, found);
  return found;
}

const visible = (object: Record<string, unknown>): Record<string, unknown> => {
  const { metadata, ...rest } = object;
  const { labels, annotations, finalizers, ownerReferences } = (metadata ?? {}) as Record<string, unknown>;
  return { ...rest, metadata: { labels, annotations, finalizers, ownerReferences } };
};

/** Paths as the API server nests them. */
function fieldsOf(paths: Iterable<string>): object {
  const fields: Record<string, unknown> = {};
  for (const path of paths) {
    let at = fields;
    for (const key of path.split('/').slice(1)) at = (at[`f:${key}`] ??= {}) as Record<string, unknown>;
  }
  return fields;
}

export class ManagedFields {
  readonly #owners: Owner[] = [];

  copy(): ManagedFields {
    const copy = new ManagedFields();
    copy.#owners.push(...this.#owners.map((owner) => ({ ...owner, paths: new Set(owner.paths) })));
    return copy;
  }

  record(
    before: object | undefined,
    after: object,
    by: { manager: string; subresource?: string; seconds: number },
  ): void {
    const old = before === undefined ? new Map<string, string>() : leaves(visible(before as Record<string, unknown>));
    const next = leaves(visible(after as Record<string, unknown>));
    const taken = [...next].filter(([path, value]) => old.get(path) !== value).map(([path]) => path);
    const gone = [...old.keys()].filter((path) => !next.has(path));
    for (const { paths } of this.#owners) for (const path of [...taken, ...gone]) paths.delete(path);
    if (taken.length > 0) this.#give(taken, by);
    for (const owner of this.#owners.filter(({ paths }) => paths.size === 0)) {
      this.#owners.splice(this.#owners.indexOf(owner), 1);
    }
  }

  #give(
    paths: string[],
    { manager, subresource, seconds }: { manager: string; subresource?: string; seconds: number },
  ) {
    const time = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
    const known = this.#owners.find((owner) => owner.manager === manager && owner.subresource === subresource);
    if (known === undefined) this.#owners.push({ manager, subresource, time, paths: new Set(paths) });
    else {
      known.time = time;
      for (const path of paths) known.paths.add(path);
    }
  }

  entries(): ManagedFieldsEntry[] {
    return this.#owners.map(({ manager, subresource, time, paths }) => ({
      manager,
      operation: 'Update',
      time,
      fieldsV1: fieldsOf(paths),
      ...(subresource === undefined ? {} : { subresource }),
    }));
  }
}
