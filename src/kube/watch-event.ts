// One line of a watch stream, and what a failure of the stream means for where the next one begins.

import type { KubeObject } from '../api/kube.ts';
import { KubeError, NO_ANSWER, answered } from './errors.ts';
import type { StatusBody } from './errors.ts';

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: KubeObject;
  version: string;
}

/** @throws KubeError for an ERROR event and for a line that is no event. */
export function parseWatchEvent(line: Buffer, watch: string): WatchEvent {
  const { type, object } = parse(line);
  if (type === 'ERROR' && object !== undefined) {
    const code: unknown = (object as unknown as StatusBody).code;
    throw answered(typeof code === 'number' ? code : 500, object as unknown as StatusBody, watch);
  }
  const version: unknown = object?.metadata?.resourceVersion;
  // Told without the text: it may be a Secret.
  if (object === undefined || typeof version !== 'string')
    throw problem(NO_ANSWER.invalid, watch, 'an event is malformed');
  return { type: type as WatchEvent['type'], object, version };
}

function parse(line: Buffer): { type?: string; object?: KubeObject } {
  try {
    return (JSON.parse(line.toString('utf8')) ?? {}) as { type?: string; object?: KubeObject };
  } catch {
    return {};
  }
}

export const problem = (reason: string, watch: string, text: string): KubeError =>
  new KubeError({ status: 0, reason, message: `${watch}: ${text}` });

/** Resuming from the same version would fail again, or might have missed something. */
export const mustList = (error: KubeError): boolean =>
  error.expired || error.reason === NO_ANSWER.invalid || error.status === 400 || error.notFound;
