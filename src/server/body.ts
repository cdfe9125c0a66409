// Receives a request body: counts while streaming, holds a lease on the common budget, gives up on slow peers, and hands
// on text only when it is UTF-8 of a sane shape. A body that is too long is read to its end and thrown away, within the
// deadline, because an answer sent into an unfinished upload is often lost with the reset connection.

import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Budget } from './budget.ts';
import { RequestError } from './errors.ts';
import type { Limits } from './limits.ts';
import { closeGaps, shapeOf } from './shape.ts';

export interface Body {
  text: string;
  /** When the headers were read, on the clock of performance.now(). */
  arrivedAt: number;
}

type Done = (error: Error | null, body?: Body) => void;
export type BodyReader = (headers: IncomingMessage['headers'], stream: IncomingMessage, done: Done) => void;

/** How many times its limit of an oversized body is thrown away before the connection is. */
const DISCARD_FACTOR = 4;

function encodingProblem(headers: IncomingMessage['headers']): RequestError | undefined {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return undefined;
  return new RequestError(415, `content encoding "${encoding.slice(0, 32)}" is refused; send the body as it is`);
}

export interface BodyRules {
  maxBytes: number;
  limits: Limits;
  budget: Budget;
  /**
   * Leaves the lists in metadata.managedFields empty. No decision reads them, they are near half of an object, and nothing
   * of a review goes back to the API server, so parsing them would only cost time.
   */
  dropManagedFields: boolean;
}

function textFrom(chunks: Buffer[], length: number, { maxBytes, limits, dropManagedFields }: BodyRules): string {
  const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length);
  if (length === 0) throw new RequestError(400, 'body is empty');
  if (!isUtf8(bytes)) throw new RequestError(400, 'body is not UTF-8');
  const { problem, managed } = shapeOf(bytes, limits.depth, Math.ceil(maxBytes / limits.bytesPerContainer));
  if (problem !== undefined) throw new RequestError(400, problem);
  return bytes.toString('utf8', 0, dropManagedFields ? closeGaps(bytes, managed) : length);
}

function receive(stream: IncomingMessage, rules: BodyRules, done: (error: Error | null, text?: string) => void): void {
  const { maxBytes, limits } = rules;
  const lease = rules.budget.lease();
  const chunks: Buffer[] = [];
  let received = 0;
  let failure: RequestError | undefined;
  const settle = (error: Error | undefined): void => {
    clearTimeout(timer);
    stream.off('data', onData).off('end', onEnd).off('error', onError);
    lease.end();
    if (error !== undefined) return done(error);
    let text: string;
    try {
      text = textFrom(chunks, received, rules);
    } catch (problem) {
      return done(problem as Error);
    }
    done(null, text);
  };
  const discard = (error: RequestError): void => {
    failure = error;
    chunks.length = 0;
    lease.end();
  };
  const onData = (chunk: Buffer): void => {
    received += chunk.length;
    if (failure !== undefined) {
      if (received > maxBytes * DISCARD_FACTOR) settle(failure);
    } else if (received > maxBytes) discard(new RequestError(413, `body is larger than ${maxBytes} bytes`));
    else if (!lease.grow(chunk.length)) discard(new RequestError(429, 'too many large bodies at once; retry', 1));
    else chunks.push(chunk);
  };
  const onEnd = (): void => settle(failure);
  const onError = (): void => settle(failure ?? new RequestError(400, 'body ended before its announced length'));
  const onLate = (): void => settle(failure ?? new RequestError(408, `body took longer than ${limits.bodyMs} ms`));
  const timer = setTimeout(onLate, limits.bodyMs);
  stream.on('data', onData).on('end', onEnd).on('error', onError);
}

export function createBodyReader(rules: BodyRules): BodyReader {
  return (headers, stream, done) => {
    const arrivedAt = performance.now();
    const refused = encodingProblem(headers);
    if (refused !== undefined) return done(refused);
    receive(stream, rules, (error, text) => (text === undefined ? done(error) : done(null, { text, arrivedAt })));
  };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The engine's message quotes the body, which may hold secrets; only the position is passed on.
    const position = /position \d+/.exec((error as Error).message)?.[0];
    throw new RequestError(400, `body is not valid JSON${position === undefined ? '' : ` (at ${position})`}`);
  }
}
