import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject, OwnerReference, Strings } from '../../../src/api/kube.ts';
import type { PatchAction } from '../../../src/objects/actions.ts';
import { ingress } from '../../../src/traffic/ingress.ts';
import type { Branch, Entry, Routes, Wish } from '../../../src/traffic/provider.ts';

const NGINX = 'nginx.ingress.kubernetes.io';
const owner: OwnerReference = { apiVersion: 'rollouts.kruise.io/v1beta1', kind: 'Rollout', name: 'web', uid: 'r1' };
const entry: Entry = { at: 'ingress', ingress: { name: 'echoserver', classType: 'nginx' } };
const wish = (more: Partial<Branch> = {}): Wish => ({
  owner,
  base: 'echoserver',
  branches: [{ name: 'canary', service: 'echoserver-canary', weight: 20, matches: [], headers: undefined, ...more }],
});
const desired = wish();
const stableWish: Wish = { owner, base: 'echoserver', branches: [] };
const backend = (name: string): JsonObject => ({ service: { name, port: { number: 8080 } } });
const path = (name: string, at = '/'): JsonObject => ({
  path: at,
  pathType: 'ImplementationSpecific',
  backend: backend(name),
});

const stable = (spec: JsonObject = {}, annotations: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name: 'echoserver',
    namespace: 'shop',
    resourceVersion: '5',
    labels: { app: 'echo' },
    annotations: {
      'kubernetes.io/ingress.class': 'nginx',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      ...annotations,
    },
  },
  spec: { rules: [{ host: 'echo.example.com', http: { paths: [path('echoserver')] } }], ...spec },
});
const made = (object: KubeObject, wanted: Wish = desired): KubeObject => {
  const actions = ingress.plan(entry, { ingress: object }, wanted);
  const [action] = actions;
  if (actions.length !== 1 || action?.do !== 'create') throw new Error('not one create');
  return { ...action.object, metadata: { ...action.object.metadata, uid: 'i2', resourceVersion: '9' } };
};
const withCanary = (object: KubeObject, canary: KubeObject): Routes => ({ ingress: object, canaryIngress: canary });

describe('the canary Ingress', () => {
  it('S1-11: has the host, the class, the share and the path to the canary Service', () => {
    const { metadata, spec } = made(stable());
    expect(metadata).toMatchObject({
      name: 'echoserver-canary',
      namespace: 'shop',
      labels: { app: 'echo' },
      ownerReferences: [owner],
    });
    expect(metadata.annotations).toEqual({
      'kubernetes.io/ingress.class': 'nginx',
      [`${NGINX}/canary`]: 'true',
      [`${NGINX}/canary-weight`]: '20',
    });
    expect(spec).toEqual({ rules: [{ host: 'echo.example.com', http: { paths: [path('echoserver-canary')] } }] });
  });

  it('X25: takes only paths to the stable Service; rules without http and resource backends are no crash', () => {
    const rules = [
      { host: 'bare.example.com' },
      { host: 'null.example.com', http: null },
      {
        host: 'echo.example.com',
        http: {
          paths: [
            path('other', '/other'),
            { path: '/r', pathType: 'Prefix', backend: { resource: { kind: 'Bucket', name: 'b' } } },
            path('echoserver', '/mine'),
          ],
        },
      },
    ];
    expect(made(stable({ rules: rules as never }))['spec']).toEqual({
      rules: [{ host: 'echo.example.com', http: { paths: [path('echoserver-canary', '/mine')] } }],
    });
  });

  it('takes the paths of several hosts', () => {
    const rule = (host: string, ...paths: JsonObject[]): JsonObject => ({ host, http: { paths } });
    const rules = [
      rule('a.example.com', path('echoserver', '/'), path('other', '/x'), path('echoserver', '/y')),
      rule('b.example.com', path('other')),
      rule('c.example.com', path('echoserver')),
    ];
    expect(made(stable({ rules }))['spec']).toEqual({
      rules: [
        rule('a.example.com', path('echoserver-canary', '/'), path('echoserver-canary', '/y')),
        rule('c.example.com', path('echoserver-canary')),
      ],
    });
  });

  it('copies class and TLS, and not the canary annotations that somebody left on the stable one', () => {
    const spec = { ingressClassName: 'nginx', tls: [{ hosts: ['a'], secretName: 't' }] };
    const canary = made(stable(spec, { [`${NGINX}/canary-by-cookie`]: 'x', [`${NGINX}/limit-rps`]: '5' }));
    expect(canary['spec']).toMatchObject(spec);
    expect(canary.metadata.annotations).toMatchObject({ [`${NGINX}/limit-rps`]: '5' });
    expect(canary.metadata.annotations).not.toHaveProperty(`${NGINX}/canary-by-cookie`);
  });

  it('is verified once it is as wanted, and then nothing is written', () => {
    const routes = withCanary(stable(), made(stable()));
    expect(ingress.plan(entry, routes, desired)).toEqual([]);
    expect(ingress.verify(entry, routes, desired)).toEqual({ is: 'verified' });
    expect(ingress.verify(entry, { ingress: stable() }, desired).is).toBe('pending');
  });

  it('gets the share of the next step by its annotation alone', () => {
    const routes = withCanary(stable(), made(stable()));
    const [action] = ingress.plan(entry, routes, wish({ weight: 90 })) as PatchAction[];
    expect(action?.patch).toEqual({ metadata: { annotations: { [`${NGINX}/canary-weight`]: '90' } } });
    expect(action?.resourceVersion).toBe('9');
  });

  it('S3-11: matches win over a share, and leave none behind', () => {
    const matches = [{ headers: [{ name: 'User-Agent', value: 'foo' }] }];
    const [action] = ingress.plan(entry, withCanary(stable(), made(stable())), wish({ matches })) as PatchAction[];
    expect(action?.patch).toEqual({
      metadata: {
        annotations: {
          [`${NGINX}/canary-by-header`]: 'User-Agent',
          [`${NGINX}/canary-by-header-value`]: 'foo',
          [`${NGINX}/canary-weight`]: null,
        },
      },
    });
  });

  it('X25: follows the stable Ingress when that changes on the way', () => {
    const canary = made(stable({ tls: [{ secretName: 't' }] }));
    const moved = stable({ rules: [{ host: 'new.example.com', http: { paths: [path('echoserver', '/v2')] } }] });
    const [action] = ingress.plan(entry, withCanary(moved, canary), desired) as PatchAction[];
    expect(action?.patch).toEqual({
      spec: {
        rules: [{ host: 'new.example.com', http: { paths: [path('echoserver-canary', '/v2')] } }],
        tls: null,
      },
    });
  });

  it('keeps what others add to it', () => {
    const canary = made(stable());
    const metadata = { ...canary.metadata, annotations: { ...canary.metadata.annotations, 'controller/note': 'x' } };
    expect(ingress.plan(entry, withCanary(stable(), { ...canary, metadata }), desired)).toEqual([]);
  });

  it('goes when all requests are for the stable version', () => {
    const canary = made(stable());
    const routes = withCanary(stable(), canary);
    expect(ingress.plan(entry, routes, stableWish)).toMatchObject([{ do: 'delete', uid: 'i2' }]);
    expect(ingress.verify(entry, routes, stableWish).is).toBe('pending');
    const going = { ...canary, metadata: { ...canary.metadata, deletionTimestamp: '2026-03-01T10:00:00Z' } };
    expect(ingress.plan(entry, withCanary(stable(), going), stableWish)).toEqual([]);
    expect(ingress.plan(entry, withCanary(stable(), going), desired)).toEqual([]);
    expect(ingress.verify(entry, withCanary(stable(), going), desired).is).toBe('pending');
    expect(ingress.verify(entry, { ingress: stable() }, stableWish)).toEqual({ is: 'verified' });
  });
});

describe('what cannot be routed says why', () => {
  it('more than one branch: there is one canary Ingress', () => {
    const second = { name: 'blue', service: 'echoserver-blue', matches: [] };
    const two: Wish = { ...desired, branches: [...desired.branches, second] };
    for (const routes of [{ ingress: stable() }, withCanary(stable(), made(stable()))]) {
      expect(ingress.plan(entry, routes, two)).toEqual([]);
      expect(ingress.verify(entry, routes, two)).toEqual({
        is: 'broken',
        reason:
          'Ingress echoserver can carry one branch of the requests to Service echoserver, and 2 are wanted (canary, blue); keep one, or route by an HTTPRoute',
      });
    }
  });

  it('matches that the class cannot read', () => {
    const matches = [{ headers: [{ name: 'a', value: 'b' }] }, { path: { value: '/x' } }];
    const verdict = ingress.verify(entry, { ingress: stable() }, wish({ matches }));
    expect(verdict).toEqual({
      is: 'broken',
      reason: 'ingress class nginx tells requests by headers only; give every match of the step one of these',
    });
    expect(ingress.plan(entry, { ingress: stable() }, wish({ matches }))).toEqual([]);
  });

  const foreign = { metadata: { name: 'echoserver-canary' } };
  it.each<[string, Routes, Entry, string]>([
    ['no Ingress', {}, entry, 'Ingress echoserver does not exist'],
    [
      'no path to the Service',
      { ingress: stable({ rules: [] }) },
      entry,
      'Ingress echoserver has no path that leads to Service echoserver',
    ],
    [
      'only a default backend',
      { ingress: stable({ rules: [], defaultBackend: backend('echoserver') }) },
      entry,
      'Ingress echoserver leads to Service echoserver by its defaultBackend only, of which no share can be routed',
    ],
    [
      'an Ingress of somebody else in the way',
      { ingress: stable(), canaryIngress: foreign },
      entry,
      'Ingress echoserver-canary exists and was not made for Rollout web; rename or delete it',
    ],
    [
      'an unknown class',
      { ingress: stable() },
      { ...entry, ingress: { name: 'echoserver', classType: 'traefik' } },
      'ingress class "traefik" is not known; known classes: nginx, higress, aliyun-alb, mse',
    ],
  ])('%s', (_name, routes, reference, reason) => {
    expect(ingress.plan(reference, routes, desired)).toEqual([]);
    const verdict = ingress.verify(reference, routes, desired);
    expect(verdict).toMatchObject({
      is: 'broken',
      reason: expect.stringContaining(reason.split(';')[0] ?? '') as string,
    });
  });
});

describe('an Ingress of another controller', () => {
  const unnamed: Entry = { at: 'ingress', ingress: { name: 'echoserver' } };
  const ofClass = (spec: JsonObject, annotations: Record<string, string | undefined> = {}): KubeObject => {
    const made = stable(spec);
    const { 'kubernetes.io/ingress.class': _old, ...rest } = made.metadata.annotations ?? {};
    return { ...made, metadata: { ...made.metadata, annotations: { ...rest, ...(annotations as Strings) } } };
  };
  const alb = ofClass({ ingressClassName: 'alb' });
  const described = (controller: string): KubeObject => ({ metadata: { name: 'alb' }, spec: { controller } });
  const verdict = (one: Entry, controller?: string) =>
    ingress.verify(
      one,
      { ingress: alb, ...(controller === undefined ? {} : { ingressClass: described(controller) }) },
      desired,
    );

  it('is looked up by the name of its class, also where an annotation has it, and not without one', () => {
    const classOf = (object: KubeObject): string[] =>
      (ingress.follows?.(unnamed, { ingress: object }) ?? []).map(({ resource, name }) => `${resource.kind} ${name}`);
    expect(classOf(alb)).toEqual(['IngressClass alb']);
    expect(classOf(ofClass({}, { 'kubernetes.io/ingress.class': 'traefik' }))).toEqual(['IngressClass traefik']);
    expect(classOf(ofClass({}))).toEqual([]);
  });

  it('is not split by annotations that it does not read, and is told why (case 46)', () => {
    expect(verdict(unnamed, 'ingress.k8s.aws/alb')).toEqual({
      is: 'broken',
      reason:
        'Ingress echoserver is of class alb, and its controller ingress.k8s.aws/alb does not read the annotations of nginx, which count where no class is named; name a class of nginx, higress, aliyun-alb, mse in ingress.classType, if it does all the same',
    });
    expect(
      ingress.plan(unnamed, { ingress: alb, ingressClass: described('traefik.io/ingress-controller') }, desired),
    ).toEqual([]);
  });

  it('of a class that is known under another name says which', () => {
    const told = verdict(unnamed, 'ingress.k8s.alibabacloud/alb');
    expect('reason' in told ? told.reason : '').toContain('; set ingress.classType to aliyun-alb');
  });

  it('is split where the user names the class, where it fits, and where nobody has described it', () => {
    expect(verdict(entry, 'ingress.k8s.aws/alb').is).toBe('pending');
    const alike = [
      ...['k8s.io/ingress-nginx', 'k8s.io/internal-ingress-nginx', 'webapprouting.kubernetes.azure.com/nginx'],
      ...['higress.io/higress-controller', 'mse.alibabacloud.com/ingress'],
    ];
    for (const controller of alike) expect(verdict(unnamed, controller).is).toBe('pending');
    expect(verdict(unnamed, 'nginx.org/ingress-controller').is).toBe('broken');
    expect(verdict(unnamed).is).toBe('pending');
  });

  it('goes on where it is split already', () => {
    const split = { metadata: { name: 'echoserver-canary', ownerReferences: [owner] } } as KubeObject;
    const routes = { ingress: alb, ingressClass: described('ingress.k8s.aws/alb'), canaryIngress: split };
    expect(ingress.verify(unnamed, routes, desired).is).toBe('pending');
  });

  it('is restored all the same', () => {
    const routes = { ingress: alb, ingressClass: described('ingress.k8s.aws/alb') };
    expect(ingress.verify(unnamed, routes, stableWish)).toEqual({ is: 'verified' });
  });
});
