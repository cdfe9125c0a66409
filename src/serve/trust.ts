// Who trusts our certificates: watches the Secret, the webhook configurations and the CRDs, and puts the CA bundle back into
// whatever lacks it. All replicas do this; they agree, because they share the Secret.

import type { KubeObject } from '../api/kube.ts';
import { GROUP, MUTATING_WEBHOOK_CONFIGURATION, VALIDATING_WEBHOOK_CONFIGURATION } from '../api/names.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, MUTATING_WEBHOOKS, SECRETS, VALIDATING_WEBHOOKS } from '../api/resources.ts';
import { injectBundle } from '../certs/inject-bundle.ts';
import { createKeeper, type Keeper, type KeeperOptions, type SecretAccess } from '../certs/keeper.ts';
import type { Client } from '../kube/client.ts';
import { isKubeError } from '../kube/errors.ts';
import type { PatchAction } from '../objects/actions.ts';
import type { Store } from '../kube/store.ts';

export interface TrustNeeds {
  client: Client;
  store: Store;
  secret: { namespace: string; name: string };
  names: readonly string[];
  log: KeeperOptions['log'];
  /** Serve this set from now on. */
  serve: KeeperOptions['onChange'];
}

export interface Trust {
  keeper: Keeper;
  /** Every configuration that exists holds the bundle in use. */
  isInjected(): boolean;
}

const secretAccess = ({ client, secret }: TrustNeeds): SecretAccess => {
  const target = { resource: SECRETS, ...secret };
  return {
    ...secret,
    read: () => client.get(target),
    create: (object) => client.create(SECRETS, secret.namespace, object),
    patch: (body, resourceVersion) => client.mergePatch(target, body, { resourceVersion }),
  };
};

/** Writes the bundle into whatever lacks it. */
async function inject({ client, store }: TrustNeeds, lacking: readonly PatchAction[]): Promise<void> {
  for (const { target, patch, resourceVersion } of lacking) {
    try {
      store.put(target.resource, await client.mergePatch(target, patch, { resourceVersion }));
    } catch (error) {
      // Somebody else wrote it: the watch brings the new version here again.
      if (!isKubeError(error) || !(error.conflict || error.notFound)) throw error;
    }
  }
}

export function createTrust(needs: TrustNeeds): Trust {
  const { store, secret } = needs;
  const secretTable = store.define(SECRETS, { scope: secret });
  const configurations = [
    store.define(MUTATING_WEBHOOKS, { scope: { name: MUTATING_WEBHOOK_CONFIGURATION } }),
    store.define(VALIDATING_WEBHOOKS, { scope: { name: VALIDATING_WEBHOOK_CONFIGURATION } }),
    store.define(CUSTOM_RESOURCE_DEFINITIONS, { project: withoutSchemas }),
  ];
  let bundle = '';
  const present = (): KubeObject[] => configurations.flatMap((table) => table.list());
  const lacking = (wanted: string): PatchAction[] => (wanted === '' ? [] : injectBundle(present(), wanted));
  const injectSoon = (): void => {
    void inject(needs, lacking(bundle)).catch((error: unknown) =>
      needs.log.warn({ err: error }, 'the CA bundle could not be written'),
    );
  };
  const keeper = createKeeper({
    secret: secretAccess(needs),
    names: needs.names,
    now: () => Date.now(),
    random: () => Math.random(),
    log: needs.log,
    onChange: async (set, wanted) => {
      await needs.serve(set, wanted);
      bundle = wanted;
      injectSoon();
    },
    isTrusted: (wanted) => Promise.resolve(present().length > 0 && lacking(wanted).length === 0),
  });
  secretTable.onChange(() => keeper.poke());
  for (const table of configurations) table.onChange(injectSoon);
  return { keeper, isInjected: () => bundle !== '' && present().length > 0 && lacking(bundle).length === 0 };
}

/** CRDs are large; only the conversion stanza of ours matters. */
function withoutSchemas(object: KubeObject): KubeObject {
  const spec = object['spec'] as { group?: string; conversion?: unknown } | undefined;
  const ours = spec?.group === GROUP;
  const { managedFields: _managed, annotations: _annotations, ...metadata } = object.metadata;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata,
    spec: { group: spec?.group, ...(ours ? { conversion: spec.conversion } : {}) },
  };
}
