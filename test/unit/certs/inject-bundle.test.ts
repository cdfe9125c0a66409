import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { injectBundle } from '../../../src/certs/inject-bundle.ts';

const BUNDLE = 'PEM';
const ENCODED = Buffer.from(BUNDLE).toString('base64');

const webhook = (name: string, caBundle?: string) => ({
  name,
  clientConfig: { service: { name: 's', namespace: 'n', path: '/p' }, ...(caBundle === undefined ? {} : { caBundle }) },
  rules: [{ operations: ['UPDATE'], unknownToUs: 1 }],
  failurePolicy: 'Ignore',
});
const configuration = (kind: 'Mutating' | 'Validating', webhooks: unknown[], name?: string): KubeObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: `${kind}WebhookConfiguration`,
  metadata: { name: name ?? `kruise-rollout-${kind.toLowerCase()}-webhook-configuration`, resourceVersion: '5' },
  webhooks,
});
const definition = (group: string, conversion: unknown): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `rollouts.${group}`, resourceVersion: '6' },
  spec: { group, conversion },
});
const byWebhook = (caBundle?: string) => ({
  strategy: 'Webhook',
  webhook: {
    conversionReviewVersions: ['v1'],
    clientConfig: { service: { name: 's' }, ...(caBundle === undefined ? {} : { caBundle }) },
  },
});

describe('the CA bundle', () => {
  test('webhook lists go into the patch whole, with nothing but caBundle changed', () => {
    const webhooks = [webhook('one', 'b2xk'), webhook('two')];
    const [action, ...rest] = injectBundle([configuration('Mutating', webhooks)], BUNDLE);
    expect(rest).toEqual([]);
    expect(action).toMatchObject({
      do: 'patch',
      resourceVersion: '5',
      target: { name: 'kruise-rollout-mutating-webhook-configuration' },
    });
    expect(action?.patch).toEqual({ webhooks: [webhook('one', ENCODED), webhook('two', ENCODED)] });
    expect(webhooks[0]).toEqual(webhook('one', 'b2xk'));
  });

  test('URL mode keeps its URL', () => {
    const urlMode = { name: 'x', clientConfig: { url: 'https://host:9876/p' } };
    const [action] = injectBundle([configuration('Validating', [urlMode])], BUNDLE);
    expect(action?.patch).toEqual({
      webhooks: [{ name: 'x', clientConfig: { url: 'https://host:9876/p', caBundle: ENCODED } }],
    });
  });

  test('conversion stanzas of our groups get it, by path', () => {
    const actions = injectBundle(
      [definition('rollouts.kruise.io', byWebhook('b2xk')), definition('sluice.dev', byWebhook())],
      BUNDLE,
    );
    expect(actions.map((action) => action.patch)).toEqual(
      [1, 2].map(() => ({ spec: { conversion: { webhook: { clientConfig: { caBundle: ENCODED } } } } })),
    );
  });

  test('a second pass changes nothing', () => {
    expect(
      injectBundle(
        [configuration('Mutating', [webhook('one', ENCODED)]), definition('rollouts.kruise.io', byWebhook(ENCODED))],
        BUNDLE,
      ),
    ).toEqual([]);
  });

  test.each([
    ['another name', configuration('Mutating', [webhook('one')], 'somebody-else')],
    ['no webhooks', configuration('Validating', [])],
    ['another group', definition('apps.kruise.io', byWebhook())],
    ['no conversion', definition('rollouts.kruise.io', undefined)],
    ['conversion None', definition('rollouts.kruise.io', { strategy: 'None' })],
    [
      'another kind',
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'kruise-rollout-mutating-webhook-configuration' } },
    ],
  ])('%s is left alone', (_case, object) => {
    expect(injectBundle([object], BUNDLE)).toEqual([]);
  });
});
