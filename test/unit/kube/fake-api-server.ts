// The edge of the API server for tests of the client: a real HTTP server that keeps one history of objects with growing
// versions, lists in pages, streams watch events, and breaks in whatever way a test asks for.

import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { KubeObject } from '../../../src/api/kube.ts';

export interface Request {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: unknown;
}
export type Handler = (request: Request, response: ServerResponse) => boolean | void | Promise<boolean | void>;

interface Change {
  type: string;
  collection: string;
  object: KubeObject;
  version: number;
}

export const answer = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): true => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  return true;
};
export const failure = (response: ServerResponse, code: number, reason: string, message = reason, details = {}): true =>
  answer(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details });

export class FakeApiServer {
  readonly requests: Request[] = [];
  readonly sockets = new Set<Socket>();
  connections = 0;
  /** Sees each request first; true = answered. */
  intercept: Handler = () => false;
  version = 100;
  /** Watches from an older version get 410. */
  compactedBelow = 0;
  readonly #server: Server;
  readonly #objects = new Map<string, { collection: string; object: KubeObject }>();
  readonly #history: Change[] = [];
  readonly #streams = new Map<ServerResponse, (change: Change) => void>();
  readonly #missing = new Set<string>();

  constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', (socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  async start(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return this.url;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.dropSockets();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  dropSockets(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  get streams(): ServerResponse[] {
    return [...this.#streams.keys()];
  }

  /** Counts requests: `lists` without watch, `watches` with it. */
  count(kind: 'lists' | 'watches', collection: string): number {
    const watching = kind === 'watches';
    return this.requests.filter(
      ({ method, path, query }) => method === 'GET' && path === collection && query.has('watch') === watching,
    ).length;
  }

  serveResource(collection: string, served: boolean): void {
    if (served) this.#missing.delete(collection);
    else this.#missing.add(collection);
  }

  /** Stores an object of a collection such as `/api/v1/pods` and tells the watchers, unless `silently`. */
  put(collection: string, name: string, fields: Record<string, unknown> = {}, silently = false): KubeObject {
    const { metadata = {}, ...rest } = fields as { metadata?: Record<string, unknown> };
    const key = `${collection}/default/${name}`;
    const present = this.#objects.get(key)?.object;
    const version = (this.version += 1);
    const identity = { name, namespace: 'default', uid: present?.metadata.uid ?? `uid-${name}-${version}` };
    const object = { ...rest, metadata: { ...identity, ...metadata, resourceVersion: String(version) } } as KubeObject;
    this.#objects.set(key, { collection, object });
    this.#tell({ type: present === undefined ? 'ADDED' : 'MODIFIED', collection, object, version }, silently);
    return object;
  }

  remove(collection: string, name: string, silently = false): void {
    const key = `${collection}/default/${name}`;
    const present = this.#objects.get(key)?.object as KubeObject;
    this.#objects.delete(key);
    const version = (this.version += 1);
    const object = { ...present, metadata: { ...present.metadata, resourceVersion: String(version) } };
    this.#tell({ type: 'DELETED', collection, object, version }, silently);
  }

  bookmark(): void {
    const object = { metadata: { resourceVersion: String(this.version) } } as KubeObject;
    for (const tell of this.#streams.values())
      tell({ type: 'BOOKMARK', collection: '*', object, version: this.version });
  }

  /** As after a restore from a backup: versions start again from `version`. */
  rewind(version: number): void {
    this.version = version;
    this.#history.length = 0;
  }

  contents(collection: string): string[] {
    const within = [...this.#objects.values()].filter((entry) => entry.collection === collection);
    return within.map(({ object }) => `${object.metadata.name}@${object.metadata.resourceVersion}`).sort();
  }

  #tell(change: Change, silently: boolean): void {
    this.#history.push(change);
    if (!silently) for (const tell of this.#streams.values()) tell(change);
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const url = new URL(incoming.url ?? '/', 'http://localhost');
    const { method = 'GET', headers } = incoming;
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const request = { method, path: url.pathname, query: url.searchParams, headers, body };
    this.requests.push(request);
    if ((await this.intercept(request, response)) === true) return;
    if (this.#missing.has(request.path)) return void failure(response, 404, 'NotFound', '404 page not found');
    if (method !== 'GET') return void failure(response, 405, 'MethodNotAllowed');
    if (request.query.has('watch')) this.#watch(request, response);
    else this.#list(request, response);
  }

  #list({ path, query }: Request, response: ServerResponse): void {
    const limit = Number(query.get('limit') ?? 0);
    const from = Number(query.get('continue') ?? 0);
    const all = [...this.#objects.values()].filter((entry) => entry.collection === path).map(({ object }) => object);
    const items = limit > 0 ? all.slice(from, from + limit) : all.slice(from);
    const more = limit > 0 && from + limit < all.length ? String(from + limit) : undefined;
    answer(response, 200, { kind: 'List', metadata: { resourceVersion: String(this.version), continue: more }, items });
  }

  #watch({ path, query }: Request, response: ServerResponse): void {
    const from = Number(query.get('resourceVersion'));
    if (from < this.compactedBelow) return void failure(response, 410, 'Expired', 'too old resource version');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const tell = ({ type, collection, object }: Change): void => {
      if (collection === path || collection === '*') response.write(`${JSON.stringify({ type, object })}\n`);
    };
    for (const change of this.#history) if (change.version > from) tell(change);
    this.#streams.set(response, tell);
    response.on('close', () => this.#streams.delete(response));
  }
}

/** Waits until `probe` holds; fails with what was last seen. */
export async function until(probe: () => boolean, what: () => unknown = () => '', limitMs = 5_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!probe()) {
    if (performance.now() > end)
      throw new Error(`not within ${limitMs} ms: ${probe.toString()} ${JSON.stringify(what())}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
