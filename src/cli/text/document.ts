// Objects as documents, for scripts: JSON or YAML, without the bookkeeping that kubectl hides too.

import type { KubeObject } from '../../api/kube.ts';

export type DocumentFormat = 'json' | 'yaml';
export const isDocument = (format: string | undefined): format is DocumentFormat =>
  format === 'json' || format === 'yaml';

export async function document(value: unknown, format: DocumentFormat): Promise<string> {
  if (format === 'json') return `${JSON.stringify(value, null, 4)}\n`;
  const { stringify } = await import('yaml');
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Several objects as one, as kubectl does. */
export const listOf = (items: readonly KubeObject[]): object => ({
  apiVersion: 'v1',
  kind: 'List',
  metadata: { resourceVersion: '' },
  items,
});

export function presented(object: KubeObject): KubeObject {
  const { managedFields: _managed, ...metadata } = object.metadata;
  return { ...object, metadata };
}
