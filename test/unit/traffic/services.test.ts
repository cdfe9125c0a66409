import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject, OwnerReference } from '../../../src/api/kube.ts';
import type { PatchAction } from '../../../src/objects/actions.ts';
import {
  canaryService,
  canaryServiceObstacle,
  pin,
  removeCanaryService,
  serviceSelector,
  unpin,
} from '../../../src/traffic/services.ts';

const HASH = 'pod-template-hash';
const owner: OwnerReference = { apiVersion: 'rollouts.kruise.io/v1beta1', kind: 'Rollout', name: 'web', uid: 'r1' };
const wish = { key: HASH, revision: 'v2hash', owner, podLabels: undefined, addsPodLabels: false };

const service = (spec: JsonObject = {}, metadata: JsonObject = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'echoserver',
    namespace: 'shop',
    uid: 's1',
    resourceVersion: '7',
    labels: { app: 'echo' },
    annotations: { team: 'a', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    ...metadata,
  },
  spec: {
    type: 'ClusterIP',
    clusterIP: '10.0.0.1',
    clusterIPs: ['10.0.0.1'],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    externalIPs: ['1.2.3.4'],
    loadBalancerIP: '5.6.7.8',
    healthCheckNodePort: 31000,
    selector: { app: 'echo' },
    ports: [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'TCP', nodePort: 30080 }],
    sessionAffinity: 'ClientIP',
    ...spec,
  },
});
const created = (stable: KubeObject, extra: Partial<typeof wish> = {}): KubeObject => {
  const [action] = canaryService(stable, undefined, { ...wish, ...extra });
  if (action?.do !== 'create') throw new Error('no create');
  return action.object;
};

describe('the stable Service', () => {
  it('is pinned by one key of its selector, from the version that was read', () => {
    const [action] = pin(service(), HASH, 'v1hash') as PatchAction[];
    expect(action).toMatchObject({ do: 'patch', resourceVersion: '7', target: { name: 'echoserver' } });
    expect(action?.patch).toEqual({ spec: { selector: { [HASH]: 'v1hash' } } });
    expect(pin(service({ selector: { app: 'echo', [HASH]: 'v1hash' } }), HASH, 'v1hash')).toEqual([]);
  });

  it('is unpinned by an explicit null, and not written when it is not pinned', () => {
    const [action] = unpin(service({ selector: { app: 'echo', [HASH]: 'v1hash' } })) as PatchAction[];
    expect(action?.patch).toEqual({ spec: { selector: { [HASH]: null } } });
    expect(unpin(service())).toEqual([]);
  });

  it.each([
    ['no selector', {}],
    ['an empty selector', { selector: {} }],
    ['a selector that is null', { selector: null }],
  ])('X25: %s is an answer, not a crash', (_name, spec) => {
    const bare = { ...service(), spec };
    expect(serviceSelector(bare)).toBeUndefined();
    expect(unpin(bare)).toEqual([]);
  });
});

describe('the canary Service', () => {
  it('S1-10: is a ClusterIP Service with the same port that selects the new pods, owned by the Rollout', () => {
    expect(created(service())).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'echoserver-canary',
        namespace: 'shop',
        labels: { app: 'echo' },
        annotations: { team: 'a' },
        ownerReferences: [owner],
      },
      spec: {
        type: 'ClusterIP',
        selector: { app: 'echo', [HASH]: 'v2hash' },
        ports: [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'TCP' }],
        sessionAffinity: 'ClientIP',
      },
    });
  });

  it('does not inherit the pin of the stable one', () => {
    const pinned = service({ selector: { app: 'echo', [HASH]: 'v1hash' } });
    expect(created(pinned)).toMatchObject({ spec: { selector: { app: 'echo', [HASH]: 'v2hash' } } });
  });

  it('X25: of a headless Service is headless', () => {
    const headless = created(service({ clusterIP: 'None', clusterIPs: ['None'] }));
    expect(headless['spec']).toMatchObject({ clusterIP: 'None' });
  });

  it('X43: follows the labels that the release puts on its pods, for keys that the selector has', () => {
    const object = created(service(), { podLabels: { app: 'gray', lane: 'x' } } as never);
    expect(object['spec']).toMatchObject({ selector: { app: 'gray', [HASH]: 'v2hash' } });
    expect((object['spec'] as { selector: object }).selector).not.toHaveProperty('lane');
  });

  it('gate AppendPodSelector: has the other labels of those pods too', () => {
    const object = created(service(), { podLabels: { app: 'gray', lane: 'x' }, addsPodLabels: true } as never);
    expect((object['spec'] as { selector: object }).selector).toEqual({ app: 'gray', lane: 'x', [HASH]: 'v2hash' });
  });

  it('is brought back when others changed its selector or ports, and left alone otherwise', () => {
    const right = { ...created(service()), metadata: { name: 'echoserver-canary', resourceVersion: '9' } };
    expect(canaryService(service(), right, wish)).toEqual([]);
    const edited = {
      ...right,
      spec: { selector: { app: 'echo', [HASH]: 'old', extra: 'x' }, ports: [{ port: 1 }], sessionAffinity: 'None' },
    };
    const [action] = canaryService(service(), edited, wish) as PatchAction[];
    expect(action?.resourceVersion).toBe('9');
    expect(action?.patch).toEqual({
      spec: {
        selector: { app: 'echo', [HASH]: 'v2hash', extra: null },
        ports: [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'TCP' }],
      },
    });
  });

  it('is not written while it is being deleted', () => {
    const going = service({ selector: {} }, { name: 'echoserver-canary', deletionTimestamp: '2026-03-01T10:00:00Z' });
    expect(canaryService(service(), going, wish)).toEqual([]);
    expect(removeCanaryService(going)).toEqual([]);
  });

  it('of somebody else is an obstacle with a remedy', () => {
    const foreign = service({}, { name: 'echoserver-canary' });
    expect(canaryServiceObstacle(foreign, owner)).toBe(
      'Service echoserver-canary exists and was not made for Rollout web; rename or delete it',
    );
    expect(canaryServiceObstacle(service({}, { ownerReferences: [owner] as never }), owner)).toBeUndefined();
    expect(canaryServiceObstacle(undefined, owner)).toBeUndefined();
  });
});
