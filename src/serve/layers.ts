// Keeps the admission layers as this version wants them while this process leads: policies that somebody deleted or changed,
// and rules of the webhook configurations, are put back as soon as the watch tells of it. A configuration that is gone
// stays gone until `sluice install`: making one would take the right to make any.

import type { JsonObject, KubeObject, Resource } from '../api/kube.ts';
import { MUTATING_WEBHOOK_CONFIGURATION, VALIDATING_WEBHOOK_CONFIGURATION } from '../api/names.ts';
import { MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from '../api/resources.ts';
import { policyObjects, retiredObjects, webhookObjects } from '../install/index.ts';
import { mendedWebhooks, webhooksOf } from '../install/mend.ts';
import { OUR_LABELS } from '../install/options.ts';
import { ensure, missingFrom } from '../kube/ensure.ts';
import { isKubeError } from '../kube/errors.ts';
import { Store, type Table } from '../kube/store.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Tables } from '../tables/tables.ts';
import type { Kinds } from '../workloads/kinds.ts';
import { createController, type Controller, type ReconcileReport } from '../runtime/controller.ts';
import type { ServeNeeds } from './needs.ts';
import { installOptionsOf, POLICY_RESOURCES, policyResourceOf, servesPolicies } from './apply-policies.ts';

const KEY = { policies: 'policies', webhooks: 'webhooks' } as const;

export interface Layers {
  /** To be watched, beside those of the store. Nothing waits for them: an account without the right still serves. */
  tables: readonly Table[];
  /** Looks at everything once, then at what changes. */
  start(): void;
  /** At once, for a kind that is about to be enrolled; true when something was written. */
  mend(): Promise<boolean>;
  controller: Controller;
}

export interface LayerNeeds extends ServeNeeds {
  /** Has the tables of the webhook configurations. */
  store: Store;
  /** Tells when a kind is learned. */
  tables: Pick<Tables, 'workloads'>;
  kinds: Kinds;
  clock: Clock;
  onReport?(report: ReconcileReport): void;
}

export function createLayers(needs: LayerNeeds): Layers {
  const { store, clock, onReport } = needs;
  const own = new Store();
  const policies = POLICY_RESOURCES.map((resource) => own.define(resource, { scope: OURS }));
  const reconcile = async (key: string): Promise<{ again?: boolean }> => {
    try {
      await (key === KEY.policies ? mendPolicies(needs, own) : mendConfigurations(needs));
      return {};
    } catch (error) {
      if (isKubeError(error) && error.conflict) return { again: true };
      throw error;
    }
  };
  const controller = createController({ name: 'layers', reconcile }, { clock, ...(onReport ? { onReport } : {}) });
  for (const table of policies) table.onChange(() => controller.add(KEY.policies));
  needs.tables.workloads.each(() => {
    for (const key of Object.values(KEY)) controller.add(key);
  });
  for (const table of configurationTables(store)) table.onChange(() => controller.add(KEY.webhooks));
  return {
    tables: policies,
    controller,
    async mend() {
      const policiesChanged = await mendPolicies(needs, own);
      return (await mendConfigurations(needs)) || policiesChanged;
    },
    start() {
      for (const key of Object.values(KEY)) controller.add(key);
      controller.start();
    },
  };
}

const configurationTables = (store: Store): Table[] => [
  store.table(MUTATING_WEBHOOKS, { name: MUTATING_WEBHOOK_CONFIGURATION }),
  store.table(VALIDATING_WEBHOOKS, { name: VALIDATING_WEBHOOK_CONFIGURATION }),
];

const OURS = { labels: { matchLabels: { ...OUR_LABELS } } };

const differs = (present: KubeObject, wanted: object): boolean =>
  Object.keys(missingFrom(present, wanted as JsonObject)).length > 0;

async function mendPolicies(needs: LayerNeeds, own: Store): Promise<boolean> {
  const { client, config, kinds, log } = needs;
  if (!(await servesPolicies(client))) return false;
  let isChanged = false;
  for (const wanted of policyObjects(installOptionsOf(config), kinds.all)) {
    const resource = policyResourceOf(wanted);
    const known = own.find(resource, OURS)?.get('', wanted.metadata.name);
    if (known !== undefined && !differs(known, wanted)) continue;
    const outcome = await ensure(client, resource, wanted);
    if (outcome === 'unchanged') continue;
    isChanged = true;
    log.info({ kind: resource.kind, name: wanted.metadata.name, outcome }, 'put back');
  }
  // What was written now is told by the watch, which has us look again.
  return isChanged || removeRetired(needs, own);
}

/** Policies of an earlier version go once those that do their work are in force. */
async function removeRetired({ client, config, kinds, log }: LayerNeeds, own: Store): Promise<boolean> {
  let isChanged = false;
  for (const { resource, name } of retiredObjects(installOptionsOf(config), kinds.all)) {
    const uid = own.find(resource, OURS)?.get('', name)?.metadata.uid;
    if (uid === undefined) continue;
    try {
      await client.delete({ resource, namespace: '', name }, { uid });
      isChanged = true;
      log.info({ kind: resource.kind, name }, 'removed: it is of an earlier version');
    } catch (error) {
      if (!isKubeError(error) || (error.status !== 403 && !error.notFound)) throw error;
      // It changes nothing that the others do not change as well, so it may stay.
      if (!error.notFound) log.warn({ err: error, name }, 'a policy of an earlier version stays; run `sluice install`');
    }
  }
  return isChanged;
}

const RESOURCES: Readonly<Record<string, Resource>> = {
  [MUTATING_WEBHOOKS.kind]: MUTATING_WEBHOOKS,
  [VALIDATING_WEBHOOKS.kind]: VALIDATING_WEBHOOKS,
};

async function mendConfigurations({ client, config, kinds, store, log }: LayerNeeds): Promise<boolean> {
  let isChanged = false;
  for (const wanted of webhookObjects(installOptionsOf(config), kinds.all)) {
    const resource = RESOURCES[wanted.kind ?? ''];
    if (resource === undefined) throw new TypeError(`no resource is known for ${wanted.kind ?? ''}`);
    const { name } = wanted.metadata;
    const present = store.find(resource, { name })?.get('', name);
    if (present === undefined || webhooksOf(present).length === 0) {
      log.warn({ kind: resource.kind, name }, 'the webhook configuration is missing or empty; run `sluice install`');
      continue;
    }
    const webhooks = mendedWebhooks(present, wanted);
    if (!differs(present, { webhooks })) continue;
    const { resourceVersion } = present.metadata;
    await client.mergePatch({ resource, namespace: '', name }, { webhooks }, { resourceVersion });
    isChanged = true;
    log.info({ kind: resource.kind, name }, 'rules of the webhook configuration put back');
  }
  return isChanged;
}
