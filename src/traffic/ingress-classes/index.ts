// The registry of Ingress classes: one line each.

import { aliyunAlb } from './aliyun-alb.ts';
import { higress } from './higress.ts';
import type { IngressClass } from './ingress-class.ts';
import { mse } from './mse.ts';
import { nginx } from './nginx.ts';

export const SPLITTING_CLASSES: readonly IngressClass[] = [nginx, higress, aliyunAlb, mse];
export const DEFAULT_INGRESS_CLASS = nginx.name;

export const ingressClass = (name: string): IngressClass | undefined =>
  SPLITTING_CLASSES.find((candidate) => candidate.name === name);

export const unknownClassText = (name: string): string =>
  `ingress class ${JSON.stringify(name)} is not known; known classes: ${SPLITTING_CLASSES.map((known) => known.name).join(', ')}`;
