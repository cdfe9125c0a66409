// Annotations by which ingress-nginx splits traffic.

import { canaryAnnotations, isCanaryKey } from './canary-annotations.ts';
import type { IngressClass } from './ingress-class.ts';

export const NGINX_CANARY = 'nginx.ingress.kubernetes.io/canary';

export const nginx: IngressClass = {
  name: 'nginx',
  // ingress-nginx under any name, managed ones, and gateways that have taken its annotations over; not that of nginx.org.
  controllers: [/ingress-nginx/, /\/nginx$/, /^higress\.io\//, /^mse\.alibabacloud\.com\//],
  reads: ['headers'],
  annotations: (branch) => canaryAnnotations(NGINX_CANARY, branch),
  owns: (key) => isCanaryKey(NGINX_CANARY, key),
};
