// Which version of a resource this server serves, for resources that older add-ons serve under an older version only. Found out
// by discovery at the first call and remembered until a call finds the path gone. Everybody else names the newest version.

import type { Resource } from '../api/kube.ts';
import type { Target } from '../objects/actions.ts';
import { isKubeError } from './errors.ts';
import type { CallOptions, Client, Reader } from './port.ts';

type Raw = Pick<Reader, 'raw'>;

const idOf = ({ group, plural }: Resource): string => `${plural}.${group}`;

class ServedVersions {
  readonly #client: Raw;
  readonly #known = new Map<string, Resource>();

  constructor(client: Raw) {
    this.#client = client;
  }

  /** The newest version that is served; the resource itself when none is. */
  async of(resource: Resource, signal?: AbortSignal): Promise<Resource> {
    const known = this.#known.get(idOf(resource));
    if (known !== undefined) return known;
    for (const version of [resource.version, ...(resource.olderVersions ?? [])]) {
      if (!(await this.#serves(resource, version, signal))) continue;
      const served = { ...resource, version };
      this.#known.set(idOf(resource), served);
      return served;
    }
    return resource;
  }

  forget(resource: Resource): void {
    this.#known.delete(idOf(resource));
  }

  async #serves({ group, plural }: Resource, version: string, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      const list = (await this.#client.raw(`/apis/${group}/${version}`, { signal })) as { resources?: unknown } | null;
      const resources = Array.isArray(list?.resources) ? (list.resources as { name?: unknown }[]) : [];
      return resources.some(({ name }) => name === plural);
    } catch (error) {
      if (isKubeError(error) && error.notFound) return false;
      throw error;
    }
  }
}

/** The same client; resources with older versions are asked for under the one that is served. */
export const withServedVersions = (client: Client): Client => new VersionedClient(client);

class VersionedClient implements Client {
  readonly #client: Client;
  readonly #versions: ServedVersions;

  constructor(client: Client) {
    this.#client = client;
    this.#versions = new ServedVersions(client);
  }

  async #at<T>(resource: Resource, call: (served: Resource) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (resource.olderVersions === undefined) return call(resource);
    const served = await this.#versions.of(resource, signal);
    const first = await outcome(call(served));
    if (!first.missing) return first.give();
    // No such object, or no such path any more: only the latter has another version to go to.
    this.#versions.forget(resource);
    const now = await this.#versions.of(resource, signal);
    return now.version === served.version ? first.give() : call(now);
  }

  #on<T>(target: Target, call: (target: Target) => Promise<T>, options: CallOptions = {}): Promise<T> {
    return this.#at(target.resource, (resource) => call({ ...target, resource }), options.signal);
  }

  get(...[target, options]: Parameters<Client['get']>): ReturnType<Client['get']> {
    return this.#on(target, (served) => this.#client.get(served, options), options);
  }

  list(...[resource, options]: Parameters<Client['list']>): ReturnType<Client['list']> {
    return this.#at(resource, (served) => this.#client.list(served, options), options?.signal);
  }

  create(...[resource, namespace, object, options]: Parameters<Client['create']>): ReturnType<Client['create']> {
    return this.#at(resource, (served) => this.#client.create(served, namespace, object, options), options?.signal);
  }

  mergePatch(...[target, patch, options]: Parameters<Client['mergePatch']>): ReturnType<Client['mergePatch']> {
    return this.#on(target, (served) => this.#client.mergePatch(served, patch, options), options);
  }

  jsonPatch(...[target, operations, options]: Parameters<Client['jsonPatch']>): ReturnType<Client['jsonPatch']> {
    return this.#on(target, (served) => this.#client.jsonPatch(served, operations, options), options);
  }

  replace(...[target, object, options]: Parameters<Client['replace']>): ReturnType<Client['replace']> {
    return this.#on(target, (served) => this.#client.replace(served, object, options), options);
  }

  delete(...[target, options]: Parameters<Client['delete']>): ReturnType<Client['delete']> {
    return this.#on(target, (served) => this.#client.delete(served, options), options);
  }

  createSubresource(...args: Parameters<Client['createSubresource']>): ReturnType<Client['createSubresource']> {
    const [target, subresource, body, options] = args;
    return this.#on(target, (served) => this.#client.createSubresource(served, subresource, body, options), options);
  }

  raw(...args: Parameters<Client['raw']>): ReturnType<Client['raw']> {
    return this.#client.raw(...args);
  }

  post(...args: Parameters<Client['post']>): ReturnType<Client['post']> {
    return this.#client.post(...args);
  }

  watch(...[resource, options, signal]: Parameters<Client['watch']>): ReturnType<Client['watch']> {
    return this.#at(resource, (served) => this.#client.watch(served, options, signal), signal);
  }
}

interface Probed<T> {
  missing: boolean;
  /** The result, or the error thrown again. */
  give(): T;
}

/** A 404 is told as an error by most verbs, and as nothing by a get. */
async function outcome<T>(call: Promise<T>): Promise<Probed<T>> {
  try {
    const result = await call;
    return { missing: result === undefined, give: () => result };
  } catch (error) {
    if (!isKubeError(error) || !error.notFound) throw error;
    return {
      missing: true,
      give: () => {
        throw error;
      },
    };
  }
}
