// Annotations by which the ALB Ingress controller of Alibaba Cloud splits traffic. The canary Ingress is evaluated first.

import { canaryAnnotations, isCanaryKey } from './canary-annotations.ts';
import type { IngressClass } from './ingress-class.ts';

const CANARY = 'alb.ingress.kubernetes.io/canary';
const ORDER = 'alb.ingress.kubernetes.io/order';

export const aliyunAlb: IngressClass = {
  name: 'aliyun-alb',
  controllers: [/^ingress\.k8s\.alibabacloud\/alb/],
  reads: ['headers'],
  annotations: (branch) => ({ ...canaryAnnotations(CANARY, branch), [ORDER]: '1' }),
  owns: (key) => key === ORDER || isCanaryKey(CANARY, key),
};
