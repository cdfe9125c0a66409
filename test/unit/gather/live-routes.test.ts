// What is read of the routes of a reference: the objects that it names, then what its providers look at beside them.

import { expect, it } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { INGRESS_CLASSES, INGRESSES } from '../../../src/api/resources.ts';
import { routesLive } from '../../../src/gather/live-routes.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import { MemoryReader } from '../support/memory-reader.ts';

const ref = { service: 'web', ingress: { name: 'web' } };
const ingress = { metadata: { name: 'web', namespace: 'shop' }, spec: { ingressClassName: 'alb' } } as KubeObject;
const described = { metadata: { name: 'alb' }, spec: { controller: 'ingress.k8s.aws/alb' } } as KubeObject;

const readerOf = (known: KubeObject | undefined, status = 0): MemoryReader =>
  new MemoryReader({
    get: (resource, name) => {
      if (resource === INGRESSES) return name === 'web' ? known : undefined;
      if (status !== 0) throw new KubeError({ status, reason: 'Forbidden', message: 'no right' });
      return resource === INGRESS_CLASSES && name === 'alb' ? described : undefined;
    },
    list: () => [],
  });

it('the class of an Ingress is read once the Ingress has named it, in no namespace', async () => {
  const reader = readerOf(ingress);
  expect(await routesLive(reader, 'shop', ref)).toEqual({ ingress, canaryIngress: undefined, ingressClass: described });
  expect(reader.asked).toContain('get ingressclasses//alb');
});

it('nothing more is read where the Ingress names none, or is not there', async () => {
  for (const known of [undefined, { ...ingress, spec: {} }]) {
    const reader = readerOf(known);
    await routesLive(reader, 'shop', ref);
    expect(reader.asked).toEqual(['get ingresses/shop/web', 'get ingresses/shop/web-canary']);
  }
});

it('an account without the right for it goes without; any other failure is one', async () => {
  expect(await routesLive(readerOf(ingress, 403), 'shop', ref)).toMatchObject({ ingressClass: undefined });
  await expect(routesLive(readerOf(ingress, 500), 'shop', ref)).rejects.toThrow('no right');
});
