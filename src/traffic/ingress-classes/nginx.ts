// Annotations by which ingress-nginx splits traffic: a share, or the first header or cookie of a match.

import type { Strings } from '../../api/kube.ts';
import type { HttpMatch } from '../../api/rollout.ts';
import type { IngressClass } from './ingress-class.ts';

const PREFIX = 'nginx.ingress.kubernetes.io/canary';
/** A header of this name asks for a cookie; its value names the cookie. */
const COOKIE = 'canary-by-cookie';

function ofMatch(prefix: string, match: HttpMatch): Strings {
  const header = match.headers?.[0];
  if (header === undefined) return {};
  if (header.name === COOKIE) return { [`${prefix}-by-cookie`]: header.value };
  const detail = header.type === 'RegularExpression' ? 'pattern' : 'value';
  return { [`${prefix}-by-header`]: header.name, [`${prefix}-by-header-${detail}`]: header.value };
}

/** Later matches overwrite earlier ones: the controller knows one header and one cookie. */
const annotationsWith =
  (prefix: string): IngressClass['annotations'] =>
  ({ weight, matches }) => ({
    [prefix]: 'true',
    ...(matches.length > 0
      ? Object.assign({}, ...matches.map((match) => ofMatch(prefix, match)))
      : { [`${prefix}-weight`]: String(weight ?? 0) }),
  });

const owns =
  (prefix: string): IngressClass['owns'] =>
  (key) =>
    key === prefix || key.startsWith(`${prefix}-`);

export const nginx: IngressClass = { name: 'nginx', annotations: annotationsWith(PREFIX), owns: owns(PREFIX) };
