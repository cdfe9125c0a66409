// What is known of the namespace that an object is in.

import { NAMESPACES } from '../api/resources.ts';
import type { Store } from '../kube/store.ts';

/** It is being deleted, and everything in it goes. */
export const isTerminating = (store: Store, namespace: string): boolean =>
  store.find(NAMESPACES)?.get('', namespace)?.metadata.deletionTimestamp !== undefined;
