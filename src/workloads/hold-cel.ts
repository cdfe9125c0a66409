// CEL that the holds of several kinds are made of, and that the generated policies read marks with. Every optional field is
// guarded, because an expression that errors follows the failure policy.

import type { CelVariable } from './workload.ts';

export const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** The label or annotation as an optional value. */
export const optionalMark = (variable: CelVariable, map: 'labels' | 'annotations', key: string): string =>
  `${variable}.metadata.?${map}[?${quote(key)}]`;

/** Its value, '' when absent. */
export const markIn = (variable: CelVariable, map: 'labels' | 'annotations', key: string): string =>
  `${optionalMark(variable, map, key)}.orValue('')`;

const atLeastOne = (variable: CelVariable): string =>
  `(!has(${variable}.spec.replicas) || ${variable}.spec.replicas > 0)`;

/** Never true for a scale from or to zero. */
export const HAS_PODS = `${atLeastOne('object')} && ${atLeastOne('oldObject')}`;
