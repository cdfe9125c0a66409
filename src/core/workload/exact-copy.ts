// Whether a workload can be copied as its author wrote it: numbers beyond 2^53 are rounded when they are read.

import type { KubeObject } from '../../api/kube.ts';
import { roundedNumberAt } from '../../lib/json.ts';

/** The first field that makes a copy another one; undefined = it can be copied. */
export const inexactPath = ({ spec }: KubeObject): string | undefined => roundedNumberAt(spec, 'spec');

/** `path`: of such a number. */
export const inexactText = (path: string): string =>
  `${path} is a number beyond 2^53, which cannot be copied exactly, so no new pod is made; use a smaller one`;
