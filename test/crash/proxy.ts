// A plain HTTP proxy in front of the API server that counts the writes of each namespace and can stop at one of them: after
// the API server has committed it, before the writer hears so. From then on nothing of that namespace is written, as if the
// process had died there and then, until `thaw` tells that it has.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { readKubeconfig } from './kubeconfig.ts';

export interface Write {
  method: string;
  path: string;
}

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** Not part of a release: leadership, Events, credentials, reviews. */
const IGNORED = /\/leases|\/events|\/token$|\/secrets|\/selfsubject/;
const NAMESPACE = /\/namespaces\/([^/]+)\//;

interface Counted {
  writes: Write[];
  /** Number of the write (from 1) whose answer is withheld. */
  stopAt: number;
  reached: () => void;
  isFrozen: boolean;
}

export class WriteProxy {
  readonly #namespaces = new Map<string, Counted>();
  #server: Server | undefined;
  #upstream!: URL;
  #anonymous!: Agent;
  #admin!: Agent;

  /** Starts and returns a kubeconfig file that leads through the proxy, as the user of `kubeconfig`. */
  async start(kubeconfig: string, output: string): Promise<string> {
    const { config, server, ca, cert, key } = await readKubeconfig(kubeconfig);
    this.#upstream = new URL(server);
    this.#anonymous = new Agent({ ca, keepAlive: true });
    this.#admin = new Agent({ ca, cert, key, keepAlive: true });
    this.#server = createServer((incoming, outgoing) => this.#forward(incoming, outgoing)).listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as { port: number };
    await writeFile(
      output,
      stringify({
        ...config,
        clusters: [{ name: config.clusters[0]?.name, cluster: { server: `http://127.0.0.1:${port}` } }],
        users: [{ name: config.users[0]?.name, user: {} }],
      }),
    );
    return output;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
    this.#anonymous.destroy();
    this.#admin.destroy();
  }

  /** Counts from now on; `reached` is told when the namespace has come to its write. */
  count(namespace: string, stopAt: number, reached: () => void): Write[] {
    const writes: Write[] = [];
    this.#namespaces.set(namespace, { writes, stopAt, reached, isFrozen: false });
    return writes;
  }

  forget(namespace: string): void {
    this.#namespaces.delete(namespace);
  }

  /** The process has died. */
  thaw(): void {
    for (const counted of this.#namespaces.values()) counted.isFrozen = false;
  }

  #counted({ method, path }: Write): Counted | undefined {
    if (!WRITES.has(method) || IGNORED.test(path)) return undefined;
    return this.#namespaces.get(NAMESPACE.exec(path)?.[1] ?? '');
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const agent = incoming.headers.authorization === undefined ? this.#admin : this.#anonymous;
    const { method = 'GET', url: path = '/', headers } = incoming;
    const write = { method, path: path.split('?', 1)[0] ?? '' };
    const counted = this.#counted(write);
    // Never answered: only the death of the process ends it.
    if (counted?.isFrozen === true) return void incoming.resume();
    const target = { host: this.#upstream.hostname, port: this.#upstream.port, agent, method, path };
    const upstream = request({ ...target, headers: { ...headers, host: this.#upstream.host } }, (answer) => {
      if (counted !== undefined && withholds(counted, write, answer.statusCode ?? 0)) {
        answer.resume();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    });
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  }
}

/** Only what changed something counts. */
function withholds(counted: Counted, write: Write, status: number): boolean {
  if (status >= 300) return false;
  // Sent before the namespace was frozen, committed after: the process that dies does not hear of it either.
  if (counted.isFrozen) return true;
  counted.writes.push(write);
  if (counted.writes.length !== counted.stopAt) return false;
  counted.isFrozen = true;
  counted.reached();
  return true;
}
