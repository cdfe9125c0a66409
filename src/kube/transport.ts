// One HTTP call to the API server: credentials, deadline, abort, one typed error. The only place that sends bytes; verbs and
// paths are in client.ts. Reads that meet a connection which the server has just closed are sent once more; writes never.

import type { Dispatcher } from 'undici';
import { KubeError, NO_ANSWER, answered, unanswered } from './errors.ts';
import type { StatusBody } from './errors.ts';
import type { CallOptions, Query } from './port.ts';

/** Where the API server is and who we are to it. Made by auth.ts. */
export interface Connection {
  /** Without a slash at the end. */
  readonly server: string;
  readonly dispatcher: Dispatcher;
  /** Headers that prove who we are, for one request. */
  headers(): Promise<Record<string, string>>;
  /** The server refused these credentials: get new ones for the next request. */
  invalidate(): void;
  close(): Promise<void>;
}

export interface ApiCall extends CallOptions {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  path: string;
  query?: Query | undefined;
  body?: unknown;
  contentType?: string | undefined;
  accept?: string;
}

export interface CallReport {
  method: ApiCall['method'];
  path: string;
  status: number;
  durationMs: number;
}

export interface TransportOptions {
  userAgent?: string;
  timeoutMs?: number;
  /** Called after each answered or failed call; `status` 0 = no answer. Streams report when their headers arrive. */
  onCall?: (report: CallReport) => void;
}

const DEFAULT_TIMEOUT_MS = 10_000;

export class Transport {
  readonly #connection: Connection;
  readonly #options: TransportOptions;
  readonly #origin: string;
  readonly #prefix: string;

  constructor(connection: Connection, options: TransportOptions = {}) {
    this.#connection = connection;
    this.#options = options;
    const server = new URL(connection.server);
    this.#origin = server.origin;
    this.#prefix = server.pathname.replace(/\/$/, '');
  }

  /** The whole answer as text; throws KubeError for statuses from 400. */
  async text(call: ApiCall): Promise<string> {
    const limit = call.timeoutMs ?? this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const deadline = new Deadline(call.signal, limit);
    try {
      return await this.#attempts(call, deadline.signal, async (response) => response.body.text());
    } catch (error) {
      throw deadline.explain(error, call);
    } finally {
      deadline.clear();
    }
  }

  async json(call: ApiCall): Promise<unknown> {
    const text = await this.text(call);
    try {
      return JSON.parse(text);
    } catch (error) {
      throw invalidAnswer(call, error);
    }
  }

  /** An open answer to read chunk by chunk until `signal` aborts; only its headers have a deadline. */
  async stream(call: ApiCall, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const headers = new Deadline(signal, call.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    try {
      const body = await this.#attempts(call, headers.signal, async (response) => response.body);
      headers.disarm();
      return body;
    } catch (error) {
      headers.clear();
      throw headers.explain(error, call);
    }
  }

  /** Sends, and once more where that is safe: with new credentials after a 401, on a new socket for a read. */
  async #attempts<T>(call: ApiCall, signal: AbortSignal, read: Read<T>): Promise<T> {
    try {
      return await this.#send(call, signal, read);
    } catch (error) {
      const refused = error instanceof KubeError && error.status === 401;
      const lostRead = error instanceof KubeError && error.reason === NO_ANSWER.lost && call.method === 'GET';
      if (signal.aborted || !(refused || lostRead)) throw error;
      if (refused) this.#connection.invalidate();
      return this.#send(call, signal, read);
    }
  }

  async #send<T>(call: ApiCall, signal: AbortSignal, read: Read<T>): Promise<T> {
    const began = performance.now();
    let status = 0;
    try {
      const request = await this.#request(call, signal);
      // Asked for after the headers: new credentials may have come with a new pool.
      const response = await this.#connection.dispatcher.request(request);
      status = response.statusCode;
      if (status >= 400) throw refusal(status, response.headers['retry-after'], await response.body.text(), call);
      return await read(response);
    } catch (error) {
      throw error instanceof KubeError ? error : unanswered(error, describeCall(call), call.method !== 'GET');
    } finally {
      const durationMs = performance.now() - began;
      this.#options.onCall?.({ method: call.method, path: call.path, status, durationMs });
    }
  }

  async #request(call: ApiCall, signal: AbortSignal): Promise<Dispatcher.RequestOptions> {
    const headers: Record<string, string> = {
      accept: call.accept ?? 'application/json',
      'user-agent': this.#options.userAgent ?? 'sluice',
      ...(await unlessAborted(this.#connection.headers(), signal)),
    };
    if (call.body !== undefined) headers['content-type'] = call.contentType ?? 'application/json';
    return {
      origin: this.#origin,
      path: this.#prefix + pathOf(call),
      method: call.method,
      headers,
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal,
      // Our own deadline covers the call; a watch may be silent for longer than any fixed time between two bytes.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
  }
}

type Read<T> = (response: Dispatcher.ResponseData) => Promise<T>;

export const describeCall = (call: Pick<ApiCall, 'method' | 'path'>): string => `${call.method} ${call.path}`;

function pathOf(call: ApiCall): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(call.query ?? {})) if (value !== undefined) search.set(key, String(value));
  const text = search.toString();
  return `${call.path}${text === '' ? '' : `?${text}`}`;
}

/** Credentials may come from a slow plugin; the call's deadline covers them too. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort);
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function refusal(status: number, retryAfter: string | string[] | undefined, text: string, call: ApiCall): KubeError {
  let body: StatusBody | undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) body = parsed;
  } catch {
    body = text === '' ? undefined : { message: text.slice(0, 500) };
  }
  return answered(status, body, describeCall(call), Array.isArray(retryAfter) ? retryAfter[0] : retryAfter);
}

export const invalidAnswer = (call: Pick<ApiCall, 'method' | 'path'>, cause: unknown): KubeError =>
  new KubeError({
    status: 0,
    reason: NO_ANSWER.invalid,
    message: `${describeCall(call)}: the answer is not a JSON object`,
    unknown: call.method !== 'GET',
    cause,
  });

/** Follows the caller's signal and aborts by itself when the time is up. */
class Deadline {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #limitMs: number;
  readonly #timer: NodeJS.Timeout;
  #expired = false;

  constructor(outer: AbortSignal | undefined, limitMs: number) {
    this.#outer = outer;
    this.#limitMs = limitMs;
    if (outer?.aborted) this.#controller.abort(outer.reason);
    outer?.addEventListener('abort', this.#follow);
    this.#timer = setTimeout(() => {
      this.#expired = true;
      this.#controller.abort(new Error(`no answer in ${limitMs} ms`));
    }, limitMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  readonly #follow = (): void => this.#controller.abort(this.#outer?.reason);

  /** The answer has begun: only the caller's signal counts from here on. */
  disarm(): void {
    clearTimeout(this.#timer);
  }

  clear(): void {
    this.disarm();
    this.#outer?.removeEventListener('abort', this.#follow);
  }

  explain(error: unknown, call: ApiCall): unknown {
    if (!this.#controller.signal.aborted) return error;
    const reason = this.#expired ? NO_ANSWER.timeout : NO_ANSWER.aborted;
    const text = this.#expired ? `no answer in ${this.#limitMs} ms` : 'given up by the caller';
    const unknown = call.method !== 'GET';
    return new KubeError({ status: 0, reason, message: `${describeCall(call)}: ${text}`, unknown, cause: error });
  }
}
