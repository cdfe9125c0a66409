// What one peer, and all peers together, may cost this process. All times are milliseconds, all sizes bytes.

export interface Limits {
  /** Body of an admission review: two objects of 3 MB plus envelope. */
  reviewBytes: number;
  /** Body of a conversion review: a list of objects in one call. */
  conversionBytes: number;
  /** Bodies being received, all together. */
  inFlightBytes: number;
  /** The part of inFlightBytes that bodies above largeBytes may use, so that ordinary reviews always find room. */
  largeInFlightBytes: number;
  largeBytes: number;
  /**
   * Nesting of a body. The deepest field of a built-in workload is 13 levels deep, 16 inside a review; managedFields
   * mirrors that. Twice what a deeply nested custom resource needs, and far below what breaks a recursive walk (5,000).
   */
  depth: number;
  /** A body may hold one object or array for every so many bytes of its limit: 7 MiB of `{}` would block for a second. */
  bytesPerContainer: number;
  connections: number;
  handshakeMs: number;
  /** From the first byte of a request (or the connection) to the end of its headers. */
  headersMs: number;
  bodyMs: number;
  /** Longer than the 90 s after which Go's idle pool drops a connection, so the API server always closes first. */
  idleMs: number;
  /** Review deadline when the request names none. */
  defaultTimeoutMs: number;
  /** How long before the caller gives up a verdict is sent. */
  answerBeforeMs: number;
  /** One live look at the API server. */
  liveLookMs: number;
  /** What a verdict tells before it is sent: short where an answer that comes too late would cost what it says. */
  tellUrgentMs: number;
  /** The same where what it says holds without the answer. */
  tellMs: number;
  /** How long a stopping server goes on serving while its endpoint disappears everywhere. */
  drainMs: number;
  /** How long requests may finish after that. */
  closeMs: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: Limits = {
  reviewBytes: 7 * MIB,
  conversionBytes: 32 * MIB,
  inFlightBytes: 96 * MIB,
  largeInFlightBytes: 72 * MIB,
  largeBytes: 256 * 1024,
  depth: 128,
  bytesPerContainer: 12,
  connections: 2_048,
  handshakeMs: 5_000,
  headersMs: 5_000,
  bodyMs: 2_000,
  idleMs: 100_000,
  defaultTimeoutMs: 3_000,
  answerBeforeMs: 300,
  liveLookMs: 500,
  tellUrgentMs: 500,
  tellMs: 1_000,
  drainMs: 10_000,
  closeMs: 5_000,
};
