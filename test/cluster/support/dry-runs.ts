// Updates that the API server decides and does not store, hundreds of them: without a kubectl for each, as a user or as one
// whom nothing of ours looks at.

import type { KubeObject, Resource } from '../../../src/api/kube.ts';
import { connect, type UserConnection } from '../../../src/kube/auth.ts';
import { isKubeError } from '../../../src/kube/errors.ts';
import { objectPath } from '../../../src/kube/paths.ts';
import { Transport, type Connection } from '../../../src/kube/transport.ts';
import { NAME } from './workloads.ts';

/** An administrator under another name. */
export const impersonating = (connection: UserConnection, user: string): Connection => ({
  server: connection.server,
  get dispatcher() {
    return connection.dispatcher;
  },
  headers: async () => ({
    ...(await connection.headers()),
    'impersonate-user': user,
    'impersonate-group': 'system:masters',
  }),
  invalidate: () => connection.invalidate(),
  close: () => connection.close(),
});

export class DryRuns {
  readonly #connection: UserConnection;
  readonly #user: Transport;
  readonly #bare: Transport;

  private constructor(connection: UserConnection, bare: string) {
    this.#connection = connection;
    this.#user = new Transport(connection);
    this.#bare = new Transport(impersonating(connection, bare));
  }

  static async connect(kubeconfig: string, bare: string): Promise<DryRuns> {
    return new DryRuns(await connect({ kubeconfig }), bare);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async present(resource: Resource, namespace: string): Promise<KubeObject> {
    const path = objectPath({ resource, namespace, name: NAME });
    return (await this.#user.json({ method: 'GET', path })) as KubeObject;
  }

  /** What would be stored of a user's merge patch. */
  decided(resource: Resource, namespace: string, body: object): Promise<KubeObject> {
    return this.#patch(this.#user, resource, namespace, body);
  }

  /** The same as it was sent, with nothing of ours looking; undefined for what is invalid by itself. */
  async sent(resource: Resource, namespace: string, body: object): Promise<KubeObject | undefined> {
    try {
      return await this.#patch(this.#bare, resource, namespace, body);
    } catch (error) {
      if (isKubeError(error) && error.status === 422) return undefined;
      throw error;
    }
  }

  async #patch(as: Transport, resource: Resource, namespace: string, body: object): Promise<KubeObject> {
    const path = objectPath({ resource, namespace, name: NAME });
    const contentType = 'application/merge-patch+json';
    return (await as.json({ method: 'PATCH', path, query: { dryRun: 'All' }, body, contentType })) as KubeObject;
  }
}
