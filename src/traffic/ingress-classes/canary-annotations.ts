// The annotations that ingress-nginx has introduced and other controllers have taken over under a prefix of their own: a share,
// or the first header or cookie of a match.

import type { Strings } from '../../api/kube.ts';
import type { HttpMatch } from '../../api/rollout.ts';
import type { Branch } from '../provider.ts';

/** A header of this name asks for a cookie; its value names the cookie. */
const COOKIE = 'canary-by-cookie';

/** `-pattern` for a regular expression, else `-value`. */
export const detailOf = ({ type }: { type?: string }): string => (type === 'RegularExpression' ? 'pattern' : 'value');

function ofMatch(prefix: string, match: HttpMatch): Strings {
  const header = match.headers?.[0];
  if (header === undefined) return {};
  if (header.name === COOKIE) return { [`${prefix}-by-cookie`]: header.value };
  return { [`${prefix}-by-header`]: header.name, [`${prefix}-by-header-${detailOf(header)}`]: header.value };
}

/**
 * A later match overwrites an earlier one, its value and its pattern both: the controller knows one header and one cookie.
 * `prefix` ends in `canary`.
 */
export function canaryAnnotations(prefix: string, { weight, matches }: Pick<Branch, 'weight' | 'matches'>): Strings {
  if (matches.length === 0) return { [prefix]: 'true', [`${prefix}-weight`]: String(weight ?? 0) };
  const all = matches.map((match) => ofMatch(prefix, match));
  const byHeader = all.findLast((one) => one[`${prefix}-by-header`] !== undefined);
  const byCookie = all.findLast((one) => one[`${prefix}-by-cookie`] !== undefined);
  return { [prefix]: 'true', ...byHeader, ...byCookie };
}

export const isCanaryKey = (prefix: string, key: string): boolean => key === prefix || key.startsWith(`${prefix}-`);
