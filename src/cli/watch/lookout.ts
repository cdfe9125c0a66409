// Watches collections for a command that waits or redraws: every wait ends by an event of the API server. What happened in
// between two looks is one change, so a slow terminal never falls behind.

import type { KubeObject, Resource } from '../../api/kube.ts';
import type { Reader } from '../../kube/port.ts';
import type { KubeError } from '../../kube/errors.ts';
import { scopeText, type Scope } from '../../kube/paths.ts';
import { Table } from '../../kube/table.ts';
import type { Watch, WatchFailure } from '../../kube/watch-contract.ts';
import { startWatch } from '../../kube/watch.ts';
import type { Clock } from '../../runtime/clock.ts';

export interface WatchedCollection {
  resource: Resource;
  scope: Scope;
  /** What is kept of each object; everything when absent. */
  project?: (object: KubeObject) => KubeObject;
  /** Users need not be allowed to see it. */
  optional?: boolean;
}

/** For collections whose objects are read anew after a change. */
export function onlyVersions({ metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, labels } = metadata;
  const kept = { namespace, uid, resourceVersion, labels };
  return { metadata: { name, ...(kept as Omit<KubeObject['metadata'], 'name'>) } };
}

const REFUSED = [401, 403];

/** Exit code of a command that the user ended, as shells have it for Ctrl-C. */
export const INTERRUPTED = 130;

export class Lookout {
  readonly #client: Reader;
  readonly #clock: Clock;
  readonly #onLost: (error: KubeError) => void;
  readonly #watches: Watch[] = [];
  /** Collections that may not be seen. */
  readonly #hidden = new Set<Table>();
  #changed = false;
  #failure: KubeError | undefined;
  #wake: () => void = () => undefined;

  /** `onLost` is told when the API server stops answering; the watches go on trying. */
  constructor(client: Reader, clock: Clock, onLost: (error: KubeError) => void = () => undefined) {
    this.#client = client;
    this.#clock = clock;
    this.#onLost = onLost;
  }

  /** The same collection is watched once. */
  watch({ resource, scope, project, optional = false }: WatchedCollection): Table {
    const key = scopeText(resource, scope);
    const known = this.#watches.find(({ table }) => scopeText(table.resource, table.scope) === key);
    if (known !== undefined) return known.table;
    const table = new Table(resource, { scope, ...(project === undefined ? {} : { project }) });
    table.onChange(() => this.#note());
    const onFailure = ({ error }: WatchFailure): void => this.#failed(table, error, optional);
    this.#watches.push(startWatch({ client: this.#client, clock: this.#clock, table, onFailure }));
    void table.whenSynced().then(() => this.#note());
    return table;
  }

  /** Everything that may be seen has been listed. */
  get ready(): boolean {
    return this.#watches.every(({ table }) => table.state !== 'unknown' || this.#hidden.has(table));
  }

  /** Resolves after a change since the last call; false when `until` came first. Throws what makes watching impossible. */
  async changed(until: AbortSignal): Promise<boolean> {
    const end = (): void => this.#wake();
    until.addEventListener('abort', end);
    try {
      while (!(this.#changed && this.ready) && this.#failure === undefined && !until.aborted) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      until.removeEventListener('abort', end);
    }
    if (this.#failure !== undefined) throw this.#failure;
    this.#changed = false;
    return !until.aborted;
  }

  async close(): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch.stop()));
  }

  #note(): void {
    this.#changed = true;
    this.#wake();
  }

  #failed(table: Table, error: KubeError, optional: boolean): void {
    if (!REFUSED.includes(error.status)) return this.#onLost(error);
    if (!optional) this.#failure = error;
    this.#hidden.add(table);
    void this.#watches.find((watch) => watch.table === table)?.stop();
    this.#note();
  }
}
