// Which labels a selector picks, as the API server decides it.

import type { LabelSelector, Strings } from '../api/kube.ts';

const MATCHES: Record<string, (value: string | undefined, values: string[]) => boolean> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
};

export const unknownOperator = (operator: string): never => {
  const known = Object.keys(MATCHES).join(', ');
  throw new TypeError(`label selector operator ${operator} is unknown; known are ${known}`);
};

/** The selector picks an object with these labels. @throws TypeError for an operator that nobody knows. */
export function selects(selector: LabelSelector | undefined, labels: Strings = {}): boolean {
  const valueOf = (key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) if (valueOf(key) !== value) return false;
  return (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) =>
    (MATCHES[operator] ?? unknownOperator(operator))(valueOf(key), values),
  );
}
