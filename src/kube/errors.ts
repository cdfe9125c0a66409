// The one error type of calls to the API server: what it answered, or how the call failed without an answer. Callers decide
// by its fields, never by its text.

export interface StatusCause {
  field?: string;
  reason?: string;
  message?: string;
}

/** The parts of a metav1.Status that decisions read. */
export interface StatusBody {
  kind?: string;
  reason?: string;
  message?: string;
  code?: number;
  details?: { causes?: StatusCause[]; retryAfterSeconds?: number; uid?: string };
}

export interface KubeErrorFields {
  /** HTTP status; 0 when there was no answer. */
  status: number;
  /** Reason of the Status, or one of NO_ANSWER. */
  reason: string;
  message: string;
  causes?: StatusCause[];
  retryAfterMs?: number;
  /** A write was sent and its answer is lost: it may have happened. Observe again. */
  unknown?: boolean;
  cause?: unknown;
}

/** Reasons of failures without an answer of the API server. */
export const NO_ANSWER = {
  /** No connection was made: nothing was sent. */
  unreachable: 'Unreachable',
  /** The connection broke while waiting for the answer. */
  lost: 'ConnectionLost',
  timeout: 'DeadlineExceeded',
  aborted: 'Aborted',
  /** An answer that is not what the API server sends. */
  invalid: 'InvalidAnswer',
  /** Refused by ourselves: this process does not lead. */
  notLeader: 'NotLeader',
  /** Refused by ourselves: the write names no version to start from. */
  noPrecondition: 'NoPrecondition',
} as const;

const RETRYABLE_STATUS = new Set([401, 408, 425, 429, 500, 502, 503, 504]);

export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly status: number;
  readonly reason: string;
  readonly causes: StatusCause[];
  readonly retryAfterMs: number | undefined;
  readonly unknown: boolean;

  constructor(fields: KubeErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.status = fields.status;
    this.reason = fields.reason;
    this.causes = fields.causes ?? [];
    this.retryAfterMs = fields.retryAfterMs;
    this.unknown = fields.unknown ?? false;
  }

  /** The same call may succeed later without anybody changing anything. */
  get retryable(): boolean {
    if (this.status === 0) return this.reason !== NO_ANSWER.noPrecondition;
    return this.conflict || RETRYABLE_STATUS.has(this.status);
  }

  /** A precondition did not hold: observe again, at once. */
  get conflict(): boolean {
    return this.status === 409 && this.reason !== 'AlreadyExists';
  }

  /** What was sent is not valid, or a test in it failed. */
  get invalid(): boolean {
    return this.status === 422;
  }

  get alreadyExists(): boolean {
    return this.status === 409 && this.reason === 'AlreadyExists';
  }

  get notFound(): boolean {
    return this.status === 404;
  }

  /** The version asked for is gone (compaction, expired continue token): list again. */
  get expired(): boolean {
    return this.status === 410 || this.reason === 'Expired' || this.reason === 'Gone';
  }
}

export const isKubeError = (error: unknown): error is KubeError => error instanceof KubeError;

/** An answer of the API server with a status of 400 or above. `call` is what was asked, for people. */
export function answered(status: number, body: StatusBody | undefined, call: string, retryAfter?: string): KubeError {
  const seconds = body?.details?.retryAfterSeconds ?? Number(retryAfter ?? Number.NaN);
  const reason = body?.reason === undefined || body.reason === '' ? `HTTP${status}` : body.reason;
  return new KubeError({
    status,
    reason,
    message: `${call}: ${body?.message ?? `the API server answered ${status}`}`,
    causes: body?.details?.causes ?? [],
    ...(Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {}),
  });
}

const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
]);
const isTlsFailure = (code: string): boolean =>
  code.startsWith('ERR_TLS') ||
  code.startsWith('CERT_') ||
  code.startsWith('DEPTH_ZERO') ||
  code.includes('SELF_SIGNED') ||
  code.startsWith('UNABLE_TO');

/** A call that failed before or while waiting for its answer. `write` = it may have changed something. */
export function unanswered(error: unknown, call: string, write: boolean): KubeError {
  const code = codeOf(error);
  const sent = !NEVER_SENT.has(code) && !isTlsFailure(code);
  const text = error instanceof Error ? error.message || code : String(error);
  return new KubeError({
    status: 0,
    reason: sent ? NO_ANSWER.lost : NO_ANSWER.unreachable,
    message: `${call}: ${text}`,
    unknown: write && sent,
    cause: error,
  });
}

function codeOf(error: unknown): string {
  for (let inner: unknown = error, depth = 0; inner instanceof Error && depth < 5; inner = inner.cause, depth += 1) {
    if (inner instanceof AggregateError && inner.errors.length > 0) return codeOf(inner.errors[0]);
    if ('code' in inner && typeof inner.code === 'string') return inner.code;
  }
  return '';
}
