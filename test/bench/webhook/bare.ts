// The reference: the least that a webhook in Node can do. node:https reads the body, parses it, and answers a fixed patch.

import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { cpuTime, serve } from './child.ts';
import type { Certificate } from './child.ts';

interface Asked {
  apiVersion: string;
  kind: string;
  request: { uid: string };
}

const OPERATIONS = [
  { op: 'add', path: '/spec/paused', value: true },
  { op: 'add', path: '/metadata/annotations/rollouts.kruise.io~1in-progressing', value: '{"rolloutName":"checkout"}' },
  { op: 'add', path: '/metadata/labels/rollouts.kruise.io~1stable-revision', value: '5d9c7b8f6' },
];

function answer(text: string): string {
  const { apiVersion, kind, request } = JSON.parse(text) as Asked;
  const patch = Buffer.from(JSON.stringify(OPERATIONS)).toString('base64');
  return JSON.stringify({
    apiVersion,
    kind,
    response: { uid: request.uid, allowed: true, patchType: 'JSONPatch', patch },
  });
}

let server: Server | undefined;
serve({
  listen: ({ cert, key }: Certificate) =>
    new Promise((resolve) => {
      server = createServer({ cert, key, minVersion: 'TLSv1.3' }, (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const body = answer(Buffer.concat(chunks).toString());
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
          response.end(body);
        });
      });
      server.keepAliveTimeout = 100_000;
      server.listen(0, '127.0.0.1', () => resolve((server?.address() as AddressInfo).port));
    }),
  cpu: cpuTime,
});
