// Why a pod does not run, as a release tells it.

import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../../src/api/kube.ts';
import { factsOf, isReady, whyItFails } from '../../../src/objects/pod-facts.ts';

const pod = (status: JsonObject): KubeObject => ({ metadata: { name: 'web-1', labels: { a: 'b' } }, status });
const own = (state: JsonObject, restartCount = 0) =>
  pod({ containerStatuses: [{ name: 'main', restartCount, state }] });
const init = (state: JsonObject) => pod({ initContainerStatuses: [{ name: 'setup', restartCount: 3, state }] });

describe('a pod that cannot run', () => {
  it.each<[string, KubeObject, string | undefined]>([
    ['is on its way', pod({}), undefined],
    ['is being created', own({ waiting: { reason: 'ContainerCreating' } }), undefined],
    ['waits for its init containers', own({ waiting: { reason: 'PodInitializing' } }), undefined],
    ['has ended well', own({ terminated: { exitCode: 0, reason: 'Completed' } }), undefined],
    [
      'has no image',
      own({ waiting: { reason: 'ImagePullBackOff' } }),
      'container main of pod web-1 waits: ImagePullBackOff',
    ],
    [
      'crashes again and again',
      own({ waiting: { reason: 'CrashLoopBackOff' } }, 4),
      'container main of pod web-1 waits: CrashLoopBackOff, restarted 4 times',
    ],
    [
      'crashes for the first time',
      own({ terminated: { exitCode: 137, reason: 'OOMKilled' } }),
      'container main of pod web-1 ended: OOMKilled, exit code 137',
    ],
    [
      'has an init container without an image',
      init({ waiting: { reason: 'ErrImagePull' } }),
      'init container setup of pod web-1 waits: ErrImagePull, restarted 3 times',
    ],
    [
      'fits on no node',
      pod({ conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }] }),
      'pod web-1 cannot be scheduled: 0/3 nodes',
    ],
    ['was evicted', pod({ phase: 'Failed', reason: 'Evicted' }), 'pod web-1 has failed: Evicted '],
    ['is told of strangely', pod({ containerStatuses: 'none', conditions: null }), undefined],
  ])('%s', (_name, one, text) => {
    expect(whyItFails(one)).toBe(text);
  });

  it('is kept with no more than what a release reads', () => {
    const ready = pod({ conditions: [{ type: 'Ready', status: 'True' }], podIP: '10.0.0.1' });
    expect(isReady(ready)).toBe(true);
    expect(factsOf(ready)).toEqual({ metadata: { name: 'web-1', labels: { a: 'b' } }, ready: true, why: '' });
  });
});
