// Parts of Rollout and TrafficRouting that say which requests go where, shared by both versions.

import { Type, type Static } from 'typebox';
import { DEFAULT_GRACE_PERIOD_SECONDS } from './names.ts';
import { celRules, int32, listByKey, oneOf, setOf } from './schema.ts';

const HEADER_NAME_PATTERN = "^[A-Za-z0-9!#$%&'*+\\-.^_`|~]+$";
const MAX_ITEMS = 16;

const headerName = Type.String({ minLength: 1, maxLength: 256, pattern: HEADER_NAME_PATTERN });
const matchType = oneOf(['Exact', 'RegularExpression'], { default: 'Exact' });

const headerMatchSchema = Type.Object({
  name: headerName,
  type: Type.Optional(matchType),
  value: Type.String({ minLength: 1, maxLength: 4096 }),
});
export type HeaderMatch = Static<typeof headerMatchSchema>;

const queryParamMatchSchema = Type.Object({
  name: headerName,
  type: Type.Optional(matchType),
  value: Type.String({ minLength: 1, maxLength: 1024 }),
});
export type QueryParamMatch = Static<typeof queryParamMatchSchema>;

const pathMatchSchema = Type.Object(
  {
    type: Type.Optional(oneOf(['Exact', 'PathPrefix', 'RegularExpression'], { default: 'PathPrefix' })),
    value: Type.Optional(Type.String({ maxLength: 1024, default: '/' })),
  },
  celRules(
    {
      rule: "self.type == 'RegularExpression' || self.value.startsWith('/')",
      message: 'an Exact or PathPrefix path must begin with "/"; write "/" in front of it',
    },
    {
      rule: "self.type == 'RegularExpression' || !['//', '/./', '/../', '%2f', '%2F', '#'].exists(part, self.value.contains(part))",
      message: 'an Exact or PathPrefix path must not contain "//", "/./", "/../", "%2f" or "#"; write the plain path',
    },
    {
      rule: "self.type == 'RegularExpression' || !(self.value.endsWith('/..') || self.value.endsWith('/.'))",
      message: 'an Exact or PathPrefix path must not end with "/.." or "/."; write the plain path',
    },
    {
      rule: 'self.type == \'RegularExpression\' || self.value.matches(r"""^(?:[-A-Za-z0-9/._~!$&\'()*+,;=:@]|[%][0-9a-fA-F]{2})+$""")',
      message: 'an Exact or PathPrefix path may only contain characters of RFC 3986 paths; percent-encode others',
    },
  ),
);
export type PathMatch = Static<typeof pathMatchSchema>;

const headersField = Type.Optional(
  listByKey(headerMatchSchema, 'name', {
    maxItems: MAX_ITEMS,
    description: 'Request headers; all of them must match.',
  }),
);

/** v1beta1: alternatives of which one must match; inside one, everything must match. */
export const httpMatchSchema = Type.Object({
  path: Type.Optional(pathMatchSchema),
  headers: headersField,
  queryParams: Type.Optional(
    listByKey(queryParamMatchSchema, 'name', { maxItems: MAX_ITEMS, description: 'Query parameters; all must match.' }),
  ),
});
export type HttpMatch = Static<typeof httpMatchSchema>;

/** v1alpha1 and TrafficRouting know headers only. */
export const headersOnlyMatchSchema = Type.Object({ headers: headersField });

const namedValue = Type.Object({ name: headerName, value: Type.String({ minLength: 1, maxLength: 4096 }) });

export const requestHeaderModifierSchema = Type.Object(
  {
    set: Type.Optional(listByKey(namedValue, 'name', { maxItems: MAX_ITEMS, description: 'Replace these headers.' })),
    add: Type.Optional(listByKey(namedValue, 'name', { maxItems: MAX_ITEMS, description: 'Add to these headers.' })),
    remove: Type.Optional(setOf(Type.String(), { maxItems: MAX_ITEMS, description: 'Remove these headers.' })),
  },
  { description: 'Changes to the headers of requests that go to the new version.' },
);
export type RequestHeaderModifier = Static<typeof requestHeaderModifierSchema>;

/** A reference to an object in the same namespace. */
export const objectReference = (description: string) =>
  Type.Object(
    {
      apiVersion: Type.String({ maxLength: 320 }),
      kind: Type.String({ maxLength: 63 }),
      name: Type.String({ maxLength: 253 }),
    },
    { description },
  );
export type ObjectReference = Static<ReturnType<typeof objectReference>>;

const ingressSchema = Type.Object(
  {
    classType: Type.Optional(
      Type.String({
        description:
          'Kind of ingress controller whose annotations split traffic; nginx when absent. An unknown one is refused with those that are known.',
      }),
    ),
    name: Type.String({ minLength: 1, maxLength: 253, description: 'Ingress that routes to the Service.' }),
  },
  { description: 'Route through an Ingress.' },
);
const gatewaySchema = Type.Object(
  {
    httpRouteName: Type.String({ minLength: 1, maxLength: 253, description: 'HTTPRoute that routes to the Service.' }),
  },
  { description: 'Route through the Gateway API.' },
);

export const trafficRoutingRefSchema = Type.Object(
  {
    service: Type.String({
      minLength: 1,
      maxLength: 253,
      description: 'Service that selects the pods of the workload.',
    }),
    gracePeriodSeconds: Type.Optional(
      int32({
        default: DEFAULT_GRACE_PERIOD_SECONDS,
        minimum: 0,
        description: 'Seconds to wait after each change of a Service or route.',
      }),
    ),
    ingress: Type.Optional(ingressSchema),
    gateway: Type.Optional(gatewaySchema),
    customNetworkRefs: Type.Optional(
      Type.Array(objectReference('Any object that a script can edit.'), {
        maxItems: 64,
        description: 'Other route objects.',
      }),
    ),
  },
  celRules({
    rule: 'has(self.ingress) || has(self.gateway) || (has(self.customNetworkRefs) && size(self.customNetworkRefs) > 0)',
    message: 'a traffic routing needs a route: give ingress, gateway or customNetworkRefs',
  }),
);
export type TrafficRoutingRef = Static<typeof trafficRoutingRefSchema>;
