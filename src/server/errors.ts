// A request that cannot be judged because of its own form. One line of text for the sender, an HTTP status, nothing else:
// whatever could be judged is answered with 200 and a verdict instead.

export class RequestError extends Error {
  readonly status: number;
  /** Seconds after which the sender may try again. */
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, retryAfter?: number) {
    super(message);
    this.name = 'RequestError';
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
