// Applies an installation object by object, as kubectl apply would, and waits until the API server serves our kinds.

import type { JsonObject, KubeObject } from '../../api/kube.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../api/resources.ts';
import { isObject, readAt } from '../../lib/json.ts';
import { keepKnown } from '../../install/mend.ts';
import type { Client } from '../../kube/client.ts';
import { ensure, type Ensured } from '../../kube/ensure.ts';
import { isKubeError } from '../../kube/errors.ts';
import { LineSplitter } from '../../kube/lines.ts';
import { resourceOf } from './objects.ts';

const CONVERSION = ['spec', 'conversion', 'webhook', 'clientConfig'];

/**
 * A merge patch keeps what it does not name, but a conversion webhook has either a url or a service: the other one is named
 * as absent.
 */
function exclusive(object: KubeObject): KubeObject {
  const config = readAt(object, CONVERSION);
  if (!isObject(config)) return object;
  const copy = structuredClone(object);
  const target = readAt(copy, CONVERSION) as JsonObject;
  target[config['url'] === undefined ? 'url' : 'service'] = null;
  return copy;
}

const CONFLICTS = 5;

/** Somebody else who writes in between, such as the running process with its certificate, is looked at again. */
export async function applyObject(client: Client, object: KubeObject, left = CONFLICTS): Promise<Ensured> {
  try {
    return await ensure(client, resourceOf(object), exclusive(object), keepKnown);
  } catch (error) {
    if (left > 0 && isKubeError(error) && error.conflict) return applyObject(client, object, left - 1);
    throw error;
  }
}

const SERVED_WITHIN_MS = 30_000;

const isEstablished = (crd: unknown): boolean => {
  const conditions = (readAt(crd, ['status', 'conditions']) ?? []) as { type: string; status: string }[];
  return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
};

async function* objectsOf(stream: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  const lines = new LineSplitter();
  for await (const chunk of stream) {
    for (const line of lines.push(chunk)) yield (JSON.parse(line.toString()) as { object?: unknown }).object;
  }
}

/** Resolves when the API server serves the kind of this CRD. */
export async function untilServed(client: Client, name: string): Promise<void> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), SERVED_WITHIN_MS);
  try {
    const scope = { name, resourceVersion: '0', timeoutSeconds: SERVED_WITHIN_MS / 1000 };
    for await (const crd of objectsOf(await client.watch(CUSTOM_RESOURCE_DEFINITIONS, scope, stop.signal))) {
      if (isEstablished(crd)) return;
    }
    throw new Error(`the API server does not serve ${name} after ${SERVED_WITHIN_MS / 1000} s`);
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}
