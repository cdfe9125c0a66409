// A plain HTTP proxy in front of the API server that counts the writes passing through it and can stop at one of them: after
// the API server has committed it, before the writer hears so.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';

interface Kubeconfig {
  clusters: { name: string; cluster: Record<string, string> }[];
  users: { name: string; user: Record<string, string> }[];
}

export interface Write {
  method: string;
  path: string;
}

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** Not part of a release: leadership, Events, credentials, certificates, reviews. */
const IGNORED =
  /\/leases|\/events|\/token$|\/secrets|\/selfsubject|webhookconfigurations|customresourcedefinitions|admissionpolic/;

export class WriteProxy {
  readonly writes: Write[] = [];
  /** Number of the write (from 1) whose answer is withheld; `reached` is told then. */
  stopAt = Infinity;
  reached: (write: Write) => void = () => undefined;
  #server: Server | undefined;
  #upstream!: URL;
  #anonymous!: Agent;
  #admin!: Agent;

  /** Starts and returns a kubeconfig file that leads through the proxy, as the user of `kubeconfig`. */
  async start(kubeconfig: string, output: string): Promise<string> {
    const config = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig;
    const cluster = config.clusters[0]?.cluster ?? {};
    const user = config.users[0]?.user ?? {};
    const pem = (data: string | undefined): string => Buffer.from(data ?? '', 'base64').toString();
    const ca =
      cluster['certificate-authority-data'] === undefined
        ? await readFile(cluster['certificate-authority'] ?? '', 'utf8')
        : pem(cluster['certificate-authority-data']);
    const cert =
      user['client-certificate-data'] === undefined
        ? await readFile(user['client-certificate'] ?? '', 'utf8')
        : pem(user['client-certificate-data']);
    const key =
      user['client-key-data'] === undefined
        ? await readFile(user['client-key'] ?? '', 'utf8')
        : pem(user['client-key-data']);
    this.#upstream = new URL(cluster['server'] ?? '');
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

  #forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const agent = incoming.headers.authorization === undefined ? this.#admin : this.#anonymous;
    const { method = 'GET', url: path = '/', headers } = incoming;
    const upstream = request(
      {
        host: this.#upstream.hostname,
        port: this.#upstream.port,
        agent,
        method,
        path,
        headers: { ...headers, host: this.#upstream.host },
      },
      (answer) => {
        if (this.#withholds({ method, path: path.split('?', 1)[0] ?? '' }, answer.statusCode ?? 0)) {
          answer.resume();
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.flushHeaders();
        answer.pipe(outgoing);
      },
    );
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  }

  /** Only what changed something counts. */
  #withholds(write: Write, status: number): boolean {
    if (!WRITES.has(write.method) || IGNORED.test(write.path) || status >= 300) return false;
    this.writes.push(write);
    if (this.writes.length !== this.stopAt) return false;
    this.reached(write);
    return true;
  }
}
