// Makes our kinds readable without anybody who converts. While the process still answers /convert, objects stored in an old
// version are written once more, which stores them in the current one; then only that version is served, unconverted. Served
// without conversion, the other version would show and accept objects with most of their fields missing.

import type { Json, JsonObject, KubeObject, Resource } from '../../api/kube.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../api/resources.ts';
import { patch, targetOf, type Action } from '../../objects/actions.ts';
import { readAt } from '../../lib/json.ts';
import { isKubeError } from '../../kube/errors.ts';
import { displayName } from '../install/objects.ts';
import { forEach, settle, type Work } from './settle.ts';

interface Version {
  name: string;
  storage: boolean;
}
const versionsOf = (definition: KubeObject): Version[] =>
  (readAt(definition, ['spec', 'versions']) ?? []) as unknown as Version[];
const storedOf = (definition: KubeObject): string => versionsOf(definition).find(({ storage }) => storage)?.name ?? '';

const convertsByWebhook = (definition: KubeObject): boolean =>
  readAt(definition, ['spec', 'conversion', 'strategy']) === 'Webhook';

/** Objects may still be stored in a version that is not the current one. */
const hasOldObjects = (definition: KubeObject): boolean =>
  ((readAt(definition, ['status', 'storedVersions']) ?? []) as string[]).some((name) => name !== storedOf(definition));

export async function settleDefinitions(work: Work, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const target = { resource: CUSTOM_RESOURCE_DEFINITIONS, namespace: '', name };
    const definition = await work.client.get(target);
    if (definition === undefined || !convertsByWebhook(definition)) continue;
    const place = displayName(CUSTOM_RESOURCE_DEFINITIONS, name);
    try {
      if (hasOldObjects(definition)) await storeAnew(work, resourceOf(definition));
    } catch (error) {
      if (!isKubeError(error)) throw error;
      work.say(`${place} left as it is: objects in an old version could not be converted (${error.message})`);
      continue;
    }
    await settle(work, place, async () => {
      const live = await work.client.get(target);
      return live === undefined ? [] : withoutConversion(live);
    });
    work.say(`${place} serves ${storedOf(definition)} alone, because nobody converts any more`);
  }
}

function resourceOf(definition: KubeObject): Resource {
  const { group, names } = definition['spec'] as { group: string; names: { plural: string; kind: string } };
  return { group, version: storedOf(definition), plural: names.plural, kind: names.kind, namespaced: true };
}

/** A patch that changes nothing is written all the same when the stored version is an old one. */
async function storeAnew({ client }: Work, resource: Resource): Promise<void> {
  const { items } = await client.list(resource);
  await forEach(items, async (object) => {
    try {
      await client.mergePatch(targetOf(resource, object), {});
    } catch (error) {
      if (!isKubeError(error) || !error.notFound) throw error;
    }
  });
}

function withoutConversion(definition: KubeObject): Action[] {
  if (!convertsByWebhook(definition)) return [];
  const versions = versionsOf(definition).map((version) => (version.storage ? version : { ...version, served: false }));
  const body: JsonObject = {
    spec: { conversion: { strategy: 'None', webhook: null }, versions: versions as unknown as Json },
  };
  return [patch(CUSTOM_RESOURCE_DEFINITIONS, definition, body, 'nobody converts any more')];
}
