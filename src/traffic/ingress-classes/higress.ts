// Higress understands the annotations of ingress-nginx.

import type { IngressClass } from './ingress-class.ts';
import { nginx } from './nginx.ts';

export const higress: IngressClass = {
  ...nginx,
  name: 'higress',
  controllers: [/^higress\.io\//],
};
