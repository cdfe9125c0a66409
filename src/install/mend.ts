// What of a webhook configuration that is in the cluster stays when ours is written over it. Lists are replaced whole by a
// merge patch, so what only the running process or an administrator knows must be carried over by name.

import type { JsonObject, KubeObject } from '../api/kube.ts';
import { WEBHOOK } from '../api/names.ts';
import { isObject, readAt } from '../lib/json.ts';

export const webhooksOf = (configuration: KubeObject | undefined): JsonObject[] => {
  const list = configuration?.['webhooks'];
  return Array.isArray(list) ? (list as unknown[]).filter((one): one is JsonObject => isObject(one)) : [];
};

const bundleOf = (webhook: JsonObject | undefined): string | undefined => {
  const found = readAt(webhook, ['clientConfig', 'caBundle']);
  return typeof found === 'string' && found !== '' ? found : undefined;
};

const named = (list: readonly JsonObject[], { name }: JsonObject): JsonObject | undefined =>
  list.find((one) => one['name'] === name);

/** All webhooks of one installation share a bundle: a new one trusts from its first moment on what its neighbours trust. */
function withBundle(webhook: JsonObject, present: readonly JsonObject[]): JsonObject {
  if (bundleOf(webhook) !== undefined) return webhook;
  const caBundle = bundleOf(named(present, webhook)) ?? present.map(bundleOf).find((one) => one !== undefined);
  const { clientConfig } = webhook;
  return caBundle === undefined || !isObject(clientConfig)
    ? webhook
    : { ...webhook, clientConfig: { ...clientConfig, caBundle } };
}

/** Webhooks of a workload kind; OpenKruise calls its own otherwise. */
const isOfWorkloads = ({ name }: JsonObject): boolean =>
  typeof name === 'string' && [WEBHOOK.enrolled, WEBHOOK.other].some((base) => name.endsWith(`.${base}`));

/**
 * `wanted` with what the running process has put into `present`: CA bundles, and webhooks of kinds that it has learned. Any
 * other object as it is.
 */
export function keepKnown(wanted: KubeObject, present: KubeObject): KubeObject {
  if (!Array.isArray(wanted['webhooks'])) return wanted;
  const there = webhooksOf(present);
  const ours = webhooksOf(wanted).map((webhook) => withBundle(webhook, there));
  const learned = there.filter((webhook) => isOfWorkloads(webhook) && named(ours, webhook) === undefined);
  return { ...wanted, webhooks: [...ours, ...learned] };
}

/** What decides which requests we see. Time-outs, failure policy and namespaces are an administrator's to change. */
const OURS = ['rules', 'matchConditions', 'objectSelector'];

/**
 * The webhooks of `present` with rules, conditions and selectors as in `wanted`, and with those that are missing. Foreign
 * webhooks stay.
 */
export function mendedWebhooks(present: KubeObject, wanted: KubeObject): JsonObject[] {
  const there = webhooksOf(present);
  const ours = webhooksOf(wanted).map((webhook) => {
    const kept = named(there, webhook);
    if (kept === undefined) return withBundle(webhook, there);
    return { ...kept, ...Object.fromEntries(OURS.flatMap((key) => (key in webhook ? [[key, webhook[key]]] : []))) };
  });
  const foreign = there.filter((webhook) => named(ours as JsonObject[], webhook) === undefined);
  return [...ours, ...foreign] as JsonObject[];
}
