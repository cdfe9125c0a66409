// No traffic: the Service is the user's alone.

import { SERVICES } from '../../../src/api/resources.ts';
import { service, type Route } from '../route.ts';

export const none: Route = {
  name: 'no traffic',
  provider: undefined,
  routing: undefined,
  resources: [SERVICES],
  objects: (namespace) => [service(namespace)],
  share: () => 0,
};
