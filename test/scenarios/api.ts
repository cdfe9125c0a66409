// The API server as a user writes to it: short verbs on plain objects, under a field manager that is not Sluice's, so that
// nothing here is taken for one of its own writes.

import type { JsonObject, KubeObject, Resource } from '../../src/api/kube.ts';
import { connect, type UserConnection } from '../../src/kube/auth.ts';
import { isKubeError } from '../../src/kube/errors.ts';
import { createClient, type Client } from '../../src/kube/client.ts';
import { collectionPath, objectPath } from '../../src/kube/paths.ts';
import { Transport } from '../../src/kube/transport.ts';

const QUERY = { fieldManager: 'conformance' };
const TIMEOUT_MS = 30_000;

export class Api {
  /** For lists and watches. */
  readonly client: Client;
  readonly #connection: UserConnection;
  readonly #transport: Transport;

  private constructor(connection: UserConnection) {
    this.#connection = connection;
    this.client = createClient(connection);
    this.#transport = new Transport(connection, { timeoutMs: TIMEOUT_MS });
  }

  static async connect(kubeconfig: string): Promise<Api> {
    return new Api(await connect({ kubeconfig }));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async create(resource: Resource, namespace: string, body: object): Promise<KubeObject> {
    const path = collectionPath(resource, namespace);
    return (await this.#transport.json({ method: 'POST', path, query: QUERY, body })) as KubeObject;
  }

  /** A merge patch; with a subresource, of that. */
  async patch(
    resource: Resource,
    namespace: string,
    name: string,
    body: JsonObject,
    sub?: string,
  ): Promise<KubeObject> {
    const path = objectPath({ resource, namespace, name }, sub);
    const contentType = 'application/merge-patch+json';
    return (await this.#transport.json({ method: 'PATCH', path, query: QUERY, body, contentType })) as KubeObject;
  }

  /** What a merge patch would be answered, without storing it. */
  async dryRun(resource: Resource, namespace: string, name: string, body: JsonObject): Promise<KubeObject> {
    const path = objectPath({ resource, namespace, name });
    const query = { ...QUERY, dryRun: 'All' };
    const contentType = 'application/merge-patch+json';
    return (await this.#transport.json({ method: 'PATCH', path, query, body, contentType })) as KubeObject;
  }

  /** Gone at once: nobody whose finalizer it carries is waited for. */
  async erase(resource: Resource, { metadata }: KubeObject): Promise<void> {
    const { namespace = '', name, uid } = metadata;
    try {
      await this.delete(resource, namespace, name, uid);
      await this.patch(resource, namespace, name, { metadata: { uid: uid as string, finalizers: null } });
    } catch (error) {
      // There is another one by now, or none.
      if (!isKubeError(error) || (error.status !== 404 && error.status !== 409)) throw error;
    }
  }

  /** With a uid, only the object that has it. */
  async delete(resource: Resource, namespace: string, name: string, uid?: string): Promise<void> {
    const path = objectPath({ resource, namespace, name });
    const body = { propagationPolicy: 'Background', preconditions: { uid } };
    await this.#transport.text({ method: 'DELETE', path, body });
  }
}
