// Which webhook configurations and conversion stanzas lack the current CA bundle, as patches that change nothing else.
// Rules, selectors and policies of those objects belong to others.

import type { Json, JsonObject, KubeObject } from '../api/kube.ts';
import { GROUP, MUTATING_WEBHOOK_CONFIGURATION, OUR_GROUP, VALIDATING_WEBHOOK_CONFIGURATION } from '../api/names.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from '../api/resources.ts';
import { patch } from '../objects/actions.ts';
import type { PatchAction } from '../objects/actions.ts';
import { isObject, readAt } from '../lib/json.ts';

const WHY = 'trust the certificate that this installation serves';
const CONFIGURATIONS: Record<string, { name: string; resource: typeof MUTATING_WEBHOOKS }> = {
  MutatingWebhookConfiguration: { name: MUTATING_WEBHOOK_CONFIGURATION, resource: MUTATING_WEBHOOKS },
  ValidatingWebhookConfiguration: { name: VALIDATING_WEBHOOK_CONFIGURATION, resource: VALIDATING_WEBHOOKS },
};

/** A merge patch replaces lists whole, so every webhook goes into it as it is, with another caBundle. */
function webhooksWith(webhooks: Json[], encoded: string): Json[] {
  return webhooks.map((webhook) => {
    if (!isObject(webhook)) return webhook;
    const clientConfig = isObject(webhook['clientConfig']) ? webhook['clientConfig'] : {};
    return { ...webhook, clientConfig: { ...clientConfig, caBundle: encoded } };
  });
}

function configurationPatch(object: KubeObject, encoded: string): PatchAction[] {
  const known = CONFIGURATIONS[object.kind ?? ''];
  if (known === undefined || object.metadata.name !== known.name) return [];
  const webhooks = object['webhooks'];
  if (!Array.isArray(webhooks) || webhooks.length === 0) return [];
  if (webhooks.every((webhook) => readAt(webhook, ['clientConfig', 'caBundle']) === encoded)) return [];
  return [patch(known.resource, object, { webhooks: webhooksWith(webhooks as Json[], encoded) }, WHY)];
}

const CONVERSION = ['spec', 'conversion', 'webhook', 'clientConfig'];

function definitionPatch(object: KubeObject, encoded: string): PatchAction[] {
  const group = readAt(object, ['spec', 'group']);
  if (object.kind !== CUSTOM_RESOURCE_DEFINITIONS.kind || (group !== GROUP && group !== OUR_GROUP)) return [];
  if (readAt(object, ['spec', 'conversion', 'strategy']) !== 'Webhook') return [];
  if (!isObject(readAt(object, CONVERSION)) || readAt(object, [...CONVERSION, 'caBundle']) === encoded) return [];
  const body: JsonObject = { spec: { conversion: { webhook: { clientConfig: { caBundle: encoded } } } } };
  return [patch(CUSTOM_RESOURCE_DEFINITIONS, object, body, WHY)];
}

/** Patches for those of `objects` that are ours and do not hold `bundle` (PEM); empty when all of them trust it. */
export function injectBundle(objects: readonly KubeObject[], bundle: string): PatchAction[] {
  const encoded = Buffer.from(bundle).toString('base64');
  return objects.flatMap((object) => [...configurationPatch(object, encoded), ...definitionPatch(object, encoded)]);
}
