// What other designs of policies and webhooks would cost the API server: each is a part of what Sluice puts into it.

import type { KubeObject } from '../../src/api/kube.ts';

interface Conditional {
  matchConditions?: { name: string; expression: string }[];
}
/** The API server evaluates it in place of all others. */
const RELEASED = [
  {
    name: 'a-release-is-under-way',
    expression:
      "has(object.metadata.annotations) && 'rollouts.kruise.io/in-progressing' in object.metadata.annotations",
  },
];
export const isOf = (base: string, { metadata }: KubeObject): boolean => metadata.name.includes(`.${base}.`);
const isWebhooks = ({ kind = '' }: KubeObject): boolean => kind.endsWith('WebhookConfiguration');

/** What of the objects stays, and as what. */
export const DESIGNS = {
  /** Nothing explains a hold while Sluice is dead; the same as one that is selected by a label which only a release has. */
  'without-explain': (objects: KubeObject[]) => objects.filter((one) => !isOf('explain', one)),
  /** Webhooks ask only about what the policy has marked: what another webhook changes before them is not held any more. */
  'webhooks-by-mark': (objects: KubeObject[]) =>
    objects.map((one): KubeObject => {
      if (!isWebhooks(one)) return one;
      const webhooks = one['webhooks'] as unknown as Conditional[];
      return {
        ...one,
        webhooks: webhooks.map((hook) => ({ ...hook, matchConditions: RELEASED })),
      } as unknown as KubeObject;
    }),
  /** The policies alone: nothing is held where the API server has none. */
  'without-webhooks': (objects: KubeObject[]) => objects.filter((one) => !isWebhooks(one)),
  /** The webhooks alone: nothing is held while Sluice is dead. */
  'without-policies': (objects: KubeObject[]) => objects.filter(isWebhooks),
} as const;
export type Design = keyof typeof DESIGNS;
export const isDesign = (name: string): name is Design => Object.hasOwn(DESIGNS, name);
