// A webhook server of the test's own: counts what the API server asks, and answers with patches where a test wants some.

import { createServer, type Server } from 'node:https';
import { once } from 'node:events';
import { generate } from 'selfsigned';
import type { KubeObject } from '../../../src/api/kube.ts';

export interface Asked {
  path: string;
  namespace: string;
  name: string;
  operation: string;
}

/** The object as it is sent, for a JSON patch in return. */
export type Mutate = (object: KubeObject) => object[];

export class Hooks {
  readonly #server: Server;
  readonly #host: string;
  readonly caBundle: string;
  readonly asked: Asked[] = [];
  /** Undefined: everything is allowed as it is. */
  mutate: Mutate | undefined;

  private constructor(server: Server, host: string, caBundle: string) {
    this.#server = server;
    this.#host = host;
    this.caBundle = caBundle;
  }

  get url(): string {
    return `https://${this.#host}:${(this.#server.address() as { port: number }).port}`;
  }

  /** Listens for the API server, which calls `host`. */
  static async start(host: string): Promise<Hooks> {
    const ip = /^[\d.]+$/.test(host);
    const altNames = [ip ? { type: 7 as const, ip: host } : { type: 2 as const, value: host }];
    const extensions = [
      { name: 'basicConstraints' as const, cA: true },
      { name: 'subjectAltName' as const, altNames },
    ];
    const { cert, private: key } = await generate([{ name: 'commonName', value: host }], { keyType: 'ec', extensions });
    const server = createServer({ key, cert });
    const hooks = new Hooks(server, host, Buffer.from(cert).toString('base64'));
    server.on('request', (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const {
          apiVersion,
          kind,
          request: asked,
        } = JSON.parse(body) as {
          apiVersion: string;
          kind: string;
          request: Asked & { uid: string; object: KubeObject };
        };
        const { uid, namespace, name, operation, object } = asked;
        hooks.asked.push({ path: (request.url ?? '').split('?', 1)[0] ?? '', namespace, name, operation });
        response.setHeader('content-type', 'application/json');
        const patch = hooks.mutate?.(object) ?? [];
        const patched = { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
        const answer = { uid, allowed: true, ...(patch.length === 0 ? {} : patched) };
        response.end(JSON.stringify({ apiVersion, kind, response: answer }));
      });
    });
    server.listen(0, ip ? host : '0.0.0.0');
    await once(server, 'listening');
    return hooks;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
