// Verdict → AdmissionReview with a response, as JSON text. Written by hand because it is on the hot path of every reviewed
// update and its shape never varies.

import type { Json } from '../api/kube.ts';
import type { Verdict } from '../core/admission/types.ts';
import { roundedNumberAt } from '../lib/json.ts';
import { oneLine } from '../lib/text.ts';
import { cleanWarnings } from './warnings.ts';
import { REVIEW_KIND } from './review.ts';
import type { Envelope } from './review.ts';

const STATUS_REASON: Record<number, string> = {
  400: 'BadRequest',
  403: 'Forbidden',
  409: 'Conflict',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
};
const INVALID = 422;
const RETRYABLE_CODES = [409, 429, 503];
const FORBIDDEN_CODES = [400, 403, 422];
const MESSAGE_CHARACTERS = 2_048;

/** True when a number in `value` is one that JSON.parse has already rounded. */
export const holdsRoundedNumber = (value: Json): boolean => roundedNumberAt(value) !== undefined;

const list = (texts: string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(',')}]`;

/**
 * A denial as the API server passes it on. "Retry later" is told from "forbidden" by its code and its words. There is no
 * retryAfterSeconds: clients would then repeat the request themselves, silently, which looks like a hang.
 */
function denialStatus(denial: Extract<Verdict, { is: 'deny' }>): string {
  const allowed = denial.retryable ? RETRYABLE_CODES : FORBIDDEN_CODES;
  const code = allowed.includes(denial.code) ? denial.code : denial.retryable ? 429 : 403;
  const rule = oneLine(denial.reason, 128);
  const said = oneLine(denial.message, MESSAGE_CHARACTERS);
  const retry = denial.retryable && !/\bretry\b/i.test(said) ? '; retry later' : '';
  const message = `${said}${retry}${said.includes(rule) ? '' : ` (rule ${rule})`}`;
  // For an Invalid status kubectl prints the causes instead of the message, so it gets none.
  const causes = [{ reason: rule, message: denial.retryable ? 'retry later' : 'forbidden' }];
  const details = code === INVALID ? {} : { details: { causes } };
  return JSON.stringify({ status: 'Failure', code, reason: STATUS_REASON[code], message, ...details });
}

/** These keys only; the API server puts the webhook's name in front. */
const audit = (verdict: Verdict): string =>
  `"auditAnnotations":{"verdict":"${verdict.is}","reason":${JSON.stringify(oneLine(verdict.reason, 256))}}`;

function body(verdict: Verdict): string {
  if (verdict.is === 'deny') return `"allowed":false,"status":${denialStatus(verdict)}`;
  if (verdict.is === 'allow' || verdict.operations.length === 0) return '"allowed":true';
  const patch = Buffer.from(JSON.stringify(verdict.operations)).toString('base64');
  return `"allowed":true,"patchType":"JSONPatch","patch":"${patch}"`;
}

/** The reply to `envelope`: its version, kind and uid, and the verdict. */
export function writeVerdict(envelope: Envelope, verdict: Verdict): string {
  const warnings = cleanWarnings(verdict.warnings);
  const told = warnings.length === 0 ? '' : `,"warnings":${list(warnings)}`;
  const uid = JSON.stringify(envelope.review.uid);
  const response = `{"uid":${uid},${body(verdict)}${told},${audit(verdict)}}`;
  return `{"apiVersion":"${envelope.apiVersion}","kind":"${REVIEW_KIND}","response":${response}}`;
}
