// Structured logs on standard output: one line a decision, stable keys, never whole objects, never Secrets.

import { pino, type Logger } from 'pino';

export type { Logger };

export function createLog(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: pino.stdSerializers.err },
    redact: { paths: ['err.cause', '*.data', '*.token'], remove: true },
  });
}
