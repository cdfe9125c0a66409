// Structured logs on standard output: one line a decision, stable keys, never whole objects, never Secrets. What may appear
// of an error is listed here; whatever else it carries (sockets, requests, answers) stays out.

import { pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, Logger } from 'pino';

export type { Logger };

/** Removed wherever they appear at the top of a line or one level below. */
const SECRET_KEYS = [
  'token',
  'authorization',
  'headers',
  'data',
  'stringData',
  'object',
  'oldObject',
  'body',
  'key',
  'cert',
];
const ERROR_KEYS = ['code', 'status', 'reason', 'unknown', 'retryAfterMs'] as const;
const MAX_TEXT = 2_000;

export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: errorFields },
    // `key` at the top is the name of what is reconciled; below it is a private key.
    redact: { paths: SECRET_KEYS.flatMap((key) => (key === 'key' ? ['*.key'] : [key, `*.${key}`])), remove: true },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/**
 * For lines of named fields only, one for each review: looking for secrets in them costs a twentieth of the whole review.
 * Errors still show what is listed above.
 */
export const plainLog = (log: Logger): Logger => log.child({}, { redact: [] });

function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? cut(error) : { message: 'not an Error' };
  const fields: Record<string, unknown> = { type: error.name, message: cut(error.message) };
  for (const key of ERROR_KEYS) {
    const value: unknown = (error as unknown as Record<string, unknown>)[key];
    if (value !== undefined) fields[key] = value;
  }
  if (error.cause instanceof Error) fields['cause'] = cut(`${error.cause.name}: ${error.cause.message}`);
  fields['stack'] = cut(error.stack ?? '');
  return fields;
}

const cut = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
