// Requests that get no verdict: which status and text they are answered with, on a parsed request and on a raw socket.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { RequestError, textOf } from './errors.ts';

export interface Refusal {
  status: number;
  message: string;
  headers: Record<string, string>;
}

interface FrameworkError {
  statusCode?: number;
}

const ONLY_JSON = 'the content type must be application/json';

/** The answer to `error`, or undefined for an error that is ours and nobody foresaw. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof RequestError) {
    const headers = error.retryAfter === undefined ? {} : { 'retry-after': String(error.retryAfter) };
    return { status: error.status, message: error.message, headers };
  }
  const status = (error as FrameworkError).statusCode ?? 500;
  if (status < 400 || status >= 500) return undefined;
  return { status, message: status === 415 ? ONLY_JSON : textOf(error), headers: {} };
}

const BROKEN: Record<string, [number, string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request took too long to arrive'],
  HPE_HEADER_OVERFLOW: [431, 'the headers are too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the chunk extensions are too large'],
  HPE_INVALID_EOF_STATE: [400, 'the request ended before its announced length'],
};

/** Answers bytes that are no HTTP request, or not yet, and closes. A peer that said nothing gets nothing: it is a pooled spare. */
export function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): number | undefined {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesRead === 0) {
    socket.destroy();
    return undefined;
  }
  const [status, text] = BROKEN[error.code ?? ''] ?? [400, 'this is no HTTP/1.1 request'];
  const body = `${text}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: text/plain; charset=utf-8\r\n` +
      `content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
  return status;
}
