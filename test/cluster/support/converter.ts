// /convert alone, without the rest of Sluice: what the CRDs and the conversion do in front of a real API server.

import { createServer, type Server } from 'node:https';
import { once } from 'node:events';
import { generate } from 'selfsigned';
import { convert } from '../../../src/api/convert/index.ts';
import type { KubeObject } from '../../../src/api/kube.ts';

interface Review {
  apiVersion: string;
  kind: string;
  request: { uid: string; desiredAPIVersion: string; objects: KubeObject[] };
}

function answer(body: string): string {
  const { apiVersion, kind, request } = JSON.parse(body) as Review;
  const { uid, desiredAPIVersion, objects } = request;
  try {
    const convertedObjects = objects.map((object) => convert(object, desiredAPIVersion));
    return JSON.stringify({ apiVersion, kind, response: { uid, convertedObjects, result: { status: 'Success' } } });
  } catch (error) {
    const result = { status: 'Failure', message: (error as Error).message };
    return JSON.stringify({ apiVersion, kind, response: { uid, result } });
  }
}

export class Converter {
  readonly #server: Server;
  readonly caBundle: string;

  private constructor(server: Server, caBundle: string) {
    this.#server = server;
    this.caBundle = caBundle;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Listens for the API server, which calls `host`. */
  static async start(host: string): Promise<Converter> {
    const ip = /^[\d.]+$/.test(host);
    const altNames = [ip ? { type: 7 as const, ip: host } : { type: 2 as const, value: host }];
    const extensions = [
      { name: 'basicConstraints' as const, cA: true },
      { name: 'subjectAltName' as const, altNames },
    ];
    const { cert, private: key } = await generate([{ name: 'commonName', value: host }], { keyType: 'ec', extensions });
    const server = createServer({ key, cert }, (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        response.setHeader('content-type', 'application/json');
        response.end(answer(body));
      });
    });
    server.listen(0, ip ? host : '0.0.0.0');
    await once(server, 'listening');
    return new Converter(server, Buffer.from(cert).toString('base64'));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
