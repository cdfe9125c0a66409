// The few calls the cluster's own start-up makes: JSON to the API server, and health checks of its helpers. One
// connection for each call; nothing here is on a hot path.
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { ApiAccess } from './kubeconfig.ts';

/** An answer with its body still as text. */
export interface Answer {
  status: number;
  text: string;
}

const TIMEOUT_MS = 5000;

/** One HTTP request with a deadline; `tls` carries the authority and, for the API server, the client certificate. */
export function call(url: string, tls: Partial<ApiAccess> = {}, method = 'GET', body?: unknown): Promise<Answer> {
  const target = new URL(url);
  const options = {
    method,
    ...(tls.ca ? { ca: tls.ca } : {}),
    ...(tls.cert ? { cert: tls.cert, key: tls.key } : {}),
    headers: { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' },
    agent: false as const,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  };
  return new Promise((resolve, reject) => {
    const send = target.protocol === 'https:' ? requestHttps : requestHttp;
    const outgoing = send(target, options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Reads an object or list; undefined when there is none. */
export async function get<T>(access: ApiAccess, path: string): Promise<T | undefined> {
  const answer = await call(access.url + path, access);
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.text.slice(0, 300)}`);
  return JSON.parse(answer.text) as T;
}

/** Creates an object; one that is there already is left as it is. */
export async function create(access: ApiAccess, path: string, object: unknown): Promise<void> {
  const answer = await call(access.url + path, access, 'POST', object);
  if (answer.status === 201 || answer.status === 409) return;
  throw new Error(`POST ${path}: ${answer.status} ${answer.text.slice(0, 300)}`);
}
