// The webhook server as it ships: its limits, its log line for every hold, its metrics, and the real decision over watched
// tables. Only the API server is missing: the tables are filled here, and nothing may be looked up live.

import type { KubeObject } from '../../../src/api/kube.ts';
import { convert } from '../../../src/api/convert/index.ts';
import type { Reader } from '../../../src/kube/port.ts';
import { Store, type Table } from '../../../src/kube/store.ts';
import { createLog, plainLog } from '../../../src/obs/log.ts';
import { createMetrics } from '../../../src/obs/metrics.ts';
import { PIPES, tablesOf } from '../../../src/pipes/index.ts';
import { defineTables } from '../../../src/tables/tables.ts';
import { admissionParts } from '../../../src/serve/admission-parts.ts';
import { REPLICA_SETS } from '../../../src/api/resources.ts';
import { BUILT_IN } from '../../../src/workloads/index.ts';
import { createServer } from '../../../src/server/http.ts';
import { cpuTime, serve } from './child.ts';
import type { Certificate } from './child.ts';
import { APPLICATIONS, replicaSet, rollout } from './reviews.ts';

const reader = {
  list: () => Promise.reject(new Error('nothing in this benchmark is looked up live')),
} as unknown as Reader;
const store = new Store();
const fail = (error: unknown): never => {
  throw error;
};
const tables = defineTables(store, BUILT_IN, fail, tablesOf(PIPES));
const all = Array.from({ length: APPLICATIONS }, (_, index) => index);
const fill = (table: Table, objects: KubeObject[]): void => table.replace(objects.map(table.project), '1');
fill(tables.rollouts, all.map(rollout));
fill(store.table(REPLICA_SETS), all.map(replicaSet));

serve({
  listen: ({ cert, key }: Certificate) =>
    createServer({
      host: '127.0.0.1',
      port: 0,
      tls: { pair: { cert, key } },
      admission: admissionParts({
        reader,
        store,
        tables,
        kinds: BUILT_IN,
        identity: 'system:serviceaccount:kruise-rollout:kruise-rollout-controller-manager',
        settings: { partitionPercentLimit: 50, filterWorkloadType: true },
      }),
      convert,
      ready: () => ({ ok: true, reasons: [] }),
      log: plainLog(createLog('info')),
      metrics: createMetrics(),
      now: () => Date.now(),
    }).start(),
  cpu: cpuTime,
});
