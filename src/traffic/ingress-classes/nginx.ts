// Annotations by which ingress-nginx splits traffic.

import { canaryAnnotations, isCanaryKey } from './canary-annotations.ts';
import type { IngressClass } from './ingress-class.ts';

export const NGINX_CANARY = 'nginx.ingress.kubernetes.io/canary';

export const nginx: IngressClass = {
  name: 'nginx',
  controllers: ['k8s.io/ingress-nginx'],
  reads: ['headers'],
  annotations: (branch) => canaryAnnotations(NGINX_CANARY, branch),
  owns: (key) => isCanaryKey(NGINX_CANARY, key),
};
