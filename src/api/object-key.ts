// The key of an object within its kind, `namespace/name`: what queues, indexes and sorted lists know it by.

import type { KubeObject } from './kube.ts';

export const keyIn = (namespace: string, name: string): string => `${namespace}/${name}`;

export const keyOf = ({ metadata }: KubeObject): string => keyIn(metadata.namespace ?? '', metadata.name);

/** Namespace and name; names never contain a slash. */
export const splitKey = (key: string): [namespace: string, name: string] => {
  const at = key.indexOf('/');
  return [key.slice(0, at), key.slice(at + 1)];
};
