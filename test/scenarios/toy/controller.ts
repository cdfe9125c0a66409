// The controller of Toy: looks again at a Toy whenever it, its pods or its revisions change. Single flight a Toy; what fails
// is tried again at the next event or after a moment.

import type { JsonObject, KubeObject } from '../../../src/api/kube.ts';
import { CONTROLLER_REVISIONS, PODS } from '../../../src/api/resources.ts';
import { readAt, sameJson } from '../../../src/lib/json.ts';
import { isKubeError } from '../../../src/kube/errors.ts';
import type { Stage } from '../stage.ts';
import { TOYS } from './definition.ts';
import { planToy, revisionName, REVISION_LABEL } from './plan.ts';

const AGAIN_MS = 200;

const refTo = (toy: KubeObject): object => ({
  apiVersion: `${TOYS.group}/${TOYS.version}`,
  kind: TOYS.kind,
  name: toy.metadata.name,
  uid: toy.metadata.uid,
  controller: true,
});

export class ToyController {
  readonly #stage: Stage;
  readonly #asked = new Map<string, boolean>();
  #stopped = false;

  private constructor(stage: Stage) {
    this.#stage = stage;
  }

  static async start(stage: Stage): Promise<() => Promise<void>> {
    const controller = new ToyController(stage);
    await stage.watch(TOYS, CONTROLLER_REVISIONS, PODS);
    const ends = [TOYS, CONTROLLER_REVISIONS, PODS].map((resource) =>
      stage.table(resource).onChange((before, after) => {
        const { metadata } = (after ?? before) as KubeObject;
        const name = resource === TOYS ? metadata.name : metadata.ownerReferences?.find(isToy)?.name;
        if (name !== undefined) controller.#ask(metadata.namespace ?? '', name);
      }),
    );
    return async () => {
      controller.#stopped = true;
      for (const end of ends) end();
    };
  }

  /** Runs now, or once more after the pass under way. */
  #ask(namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    const isRunning = this.#asked.has(key);
    this.#asked.set(key, true);
    if (!isRunning) void this.#run(namespace, name, key);
  }

  async #run(namespace: string, name: string, key: string): Promise<void> {
    while (this.#asked.get(key) === true && !this.#stopped) {
      this.#asked.set(key, false);
      try {
        const toy = this.#stage.table(TOYS).get(namespace, name);
        if (toy !== undefined && toy.metadata.deletionTimestamp === undefined) await this.#pass(toy, namespace);
      } catch (error) {
        if (!isKubeError(error)) throw error;
        // A namespace that begins forbids pods as well, until its service account is there.
        const isNamespaceGoing = error.status === 403 && error.message.includes('is being terminated');
        if (!isNamespaceGoing) setTimeout(() => this.#ask(namespace, name), AGAIN_MS).unref();
      }
    }
    this.#asked.delete(key);
  }

  async #pass(toy: KubeObject, namespace: string): Promise<void> {
    const owned = (object: KubeObject): boolean =>
      object.metadata.ownerReferences?.some(({ uid }) => uid === toy.metadata.uid) === true;
    const pods = this.#stage.table(PODS).list(namespace).filter(owned);
    const revisions = this.#stage.table(CONTROLLER_REVISIONS).list(namespace).filter(owned);
    await this.#ensureRevision(toy, namespace, revisions);
    const { create, remove, status } = planToy(toy, pods);
    for (const { ordinal, revision } of create) await this.#createPod(toy, namespace, ordinal, revision, revisions);
    for (const { metadata } of remove) await this.#stage.api.delete(PODS, namespace, metadata.name, metadata.uid);
    if (!sameJson(toy['status'], status)) {
      const body = { status: status as unknown as JsonObject };
      await this.#stage.api.patch(TOYS, namespace, toy.metadata.name, body, 'status');
    }
  }

  /** The newest revision is that of the template; an older equal one becomes the newest. */
  async #ensureRevision(toy: KubeObject, namespace: string, revisions: readonly KubeObject[]): Promise<void> {
    const name = revisionName(toy);
    const numberOf = (revision: KubeObject): number => Number(revision['revision']);
    const highest = Math.max(0, ...revisions.map(numberOf));
    const present = revisions.find(({ metadata }) => metadata.name === name);
    if (present !== undefined && numberOf(present) === highest) return;
    if (present !== undefined) {
      await this.#stage.api.patch(CONTROLLER_REVISIONS, namespace, name, { revision: highest + 1 });
      return;
    }
    const template = { ...(readAt(toy, ['spec', 'template']) as object), $patch: 'replace' };
    const labels = readAt(toy, ['spec', 'selector', 'matchLabels']);
    await this.#create(CONTROLLER_REVISIONS, namespace, {
      metadata: { name, namespace, labels, ownerReferences: [refTo(toy)] },
      data: { spec: { template } },
      revision: highest + 1,
    });
  }

  async #createPod(
    toy: KubeObject,
    namespace: string,
    ordinal: number,
    revision: string,
    revisions: readonly KubeObject[],
  ): Promise<void> {
    const kept = revisions.find(({ metadata }) => metadata.name === revision);
    const isNew = revision === revisionName(toy);
    const template = readAt(isNew ? toy : (kept ?? toy), isNew ? ['spec', 'template'] : ['data', 'spec', 'template']);
    const { metadata, spec } = template as { metadata?: { labels?: object; annotations?: object }; spec: object };
    await this.#create(PODS, namespace, {
      metadata: {
        name: `${toy.metadata.name}-${ordinal}`,
        namespace,
        labels: { ...metadata?.labels, [REVISION_LABEL]: revision },
        annotations: metadata?.annotations ?? {},
        ownerReferences: [refTo(toy)],
      },
      spec,
    });
  }

  async #create(resource: typeof PODS, namespace: string, body: object): Promise<void> {
    try {
      this.#stage.table(resource).put(await this.#stage.api.create(resource, namespace, body));
    } catch (error) {
      if (!isKubeError(error) || error.status !== 409) throw error;
    }
  }
}

const isToy = ({ kind }: { kind: string }): boolean => kind === TOYS.kind;
