// The webhook server as it ships: its limits, its review and verdict, the real decision over a snapshot of Rollouts and
// ReplicaSets, and its log line for every hold.

import { pino } from 'pino';
import type { KubeObject } from '../../../src/api/kube.ts';
import type { Rollout } from '../../../src/api/rollout.ts';
import { decide } from '../../../src/core/admission/decide.ts';
import type { Review, Snapshot } from '../../../src/core/admission/types.ts';
import { createServer } from '../../../src/server/http.ts';
import { cpuTime, serve } from './child.ts';
import type { Certificate } from './child.ts';
import { APPLICATIONS, replicaSet, rollout } from './reviews.ts';

const rollouts = new Map<string, KubeObject>();
const replicaSets = new Map<string, KubeObject[]>();
for (let index = 0; index < APPLICATIONS; index += 1) {
  const one = rollout(index);
  rollouts.set(one.metadata.name, one);
  replicaSets.set(one.metadata.name, [replicaSet(index)]);
}

const snapshot = ({ name }: Review): Snapshot => {
  const found = rollouts.get(name);
  return {
    identity: 'system:serviceaccount:kruise-rollout:kruise-rollout-controller-manager',
    rollouts: found === undefined ? [] : [found as unknown as Rollout],
    related: { replicaSets: replicaSets.get(name) ?? [] },
    live: false,
    namespaceTerminating: false,
  };
};

serve({
  listen: ({ cert, key }: Certificate) =>
    createServer({
      host: '127.0.0.1',
      port: 0,
      tls: { pair: { cert, key } },
      admission: {
        decide,
        snapshot,
        lookLive: () => Promise.reject(new Error('nothing in this benchmark is looked up live')),
        validateRollout: () => ({ is: 'allow', reason: 'valid', warnings: [] }),
      },
      convert: (object) => object,
      ready: () => ({ ok: true, reasons: [] }),
      log: pino({ level: 'info' }, pino.destination({ dest: '/dev/null', sync: true })),
      metrics: { reviewed() {}, lookedLive() {}, converted() {}, refused() {} },
      now: () => Date.now(),
    }).start(),
  cpu: cpuTime,
});
