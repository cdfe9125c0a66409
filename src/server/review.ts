// AdmissionReview (v1 and v1beta1, which have one shape) → Review, for the decision. Reads only what decisions need and
// copies nothing, so numbers that JavaScript cannot hold never get back into an object. The managedFields of both objects
// are empty here (body.ts).

import type { KubeObject } from '../api/kube.ts';
import type { Review } from '../core/admission/types.ts';
import { isObject } from '../lib/json.ts';
import { RequestError } from './errors.ts';
import { oneLine } from '../lib/text.ts';

export const REVIEW_KIND = 'AdmissionReview';
const V1 = 'admission.k8s.io/v1';
const V1BETA1 = 'admission.k8s.io/v1beta1';
export type ReviewVersion = typeof V1 | typeof V1BETA1;

export interface Envelope {
  apiVersion: ReviewVersion;
  review: Review;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const NO_TEXTS: readonly string[] = [];
const isText = (value: unknown): value is string => typeof value === 'string';
const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter(isText) : NO_TEXTS);

/** How a value of the request is named in a refusal. */
export const shownInRefusal = (value: unknown): string =>
  typeof value === 'string' ? `"${oneLine(value, 64)}"` : value === undefined ? 'nothing' : `a ${typeOf(value)}`;
const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value === 'object' ? 'JSON object' : typeof value;

/** `null` on CREATE and DELETE; options of a CONNECT carry no metadata and are nobody's workload. */
function objectOf(value: unknown, field: string): KubeObject | undefined {
  if (value === null || value === undefined) return undefined;
  if (!isObject(value)) throw new RequestError(400, `request.${field} is ${shownInRefusal(value)}, not a JSON object`);
  return isObject(value.metadata) ? (value as unknown as KubeObject) : undefined;
}

function versionOf(body: Record<string, unknown>): ReviewVersion {
  const { apiVersion, kind } = body;
  if (kind !== REVIEW_KIND) throw new RequestError(400, `kind is ${shownInRefusal(kind)}, not "${REVIEW_KIND}"`);
  if (apiVersion === V1 || apiVersion === V1BETA1) return apiVersion;
  throw new RequestError(400, `apiVersion is ${shownInRefusal(apiVersion)}; "${V1}" and "${V1BETA1}" are understood`);
}

/** @throws RequestError 400 for anything that is not an AdmissionReview with a request. */
export function readReview(body: unknown): Envelope {
  if (!isObject(body)) throw new RequestError(400, `body is ${shownInRefusal(body)}, not an ${REVIEW_KIND}`);
  const apiVersion = versionOf(body);
  const { request } = body;
  if (!isObject(request))
    throw new RequestError(400, `request is ${shownInRefusal(request)}; an ${REVIEW_KIND} needs one`);
  const { uid, resource, kind, userInfo } = request;
  if (typeof uid !== 'string' || uid === '')
    throw new RequestError(400, `request.uid is ${shownInRefusal(uid)}, not a string`);
  const gvr = isObject(resource) ? resource : undefined;
  return {
    apiVersion,
    review: {
      uid,
      operation: text(request.operation),
      group: text(gvr?.group),
      version: text(gvr?.version),
      resource: text(gvr?.resource),
      kind: isObject(kind) ? text(kind.kind) : '',
      subresource: text(request.subResource),
      namespace: text(request.namespace),
      name: text(request.name),
      username: isObject(userInfo) ? text(userInfo.username) : '',
      groups: isObject(userInfo) ? texts(userInfo.groups) : NO_TEXTS,
      dryRun: request.dryRun === true,
      object: objectOf(request.object, 'object'),
      oldObject: objectOf(request.oldObject, 'oldObject'),
    },
  };
}
