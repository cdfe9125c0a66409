// ConversionReview → ConversionReview. Order and uid are kept; every failure is an answer with status Failed that names
// the object, because an error status would be read as an outage of the whole API.

import type { KubeObject } from '../api/kube.ts';
import { isObject } from '../lib/json.ts';
import { parseJson } from './body.ts';
import type { Body } from './body.ts';
import { RequestError, textOf } from './errors.ts';
import { oneLine } from '../lib/text.ts';
import type { Convert, Log, ServerMetrics } from './server-needs.ts';
import { shownInRefusal } from './review.ts';

const KIND = 'ConversionReview';
const VERSIONS = ['apiextensions.k8s.io/v1', 'apiextensions.k8s.io/v1beta1'];

interface Source {
  source: string;
}
/** JSON as this runtime has it; the compiler's library does not know these two yet. */
interface Lossless {
  parse(text: string, revive: (key: string, value: unknown, context: Source) => unknown): unknown;
  rawJSON(text: string): unknown;
}

const LONG_NUMBER = /\d{16}/;

/** Objects go back to the API server whole, so an integer that JavaScript would round is carried as its own text. */
export function parseLossless(text: string): unknown {
  const plain = parseJson(text);
  if (!LONG_NUMBER.test(text)) return plain;
  const lossless = JSON as unknown as Lossless;
  return lossless.parse(text, (_key, value, { source }) =>
    Number.isInteger(value) && !Number.isSafeInteger(value) ? lossless.rawJSON(source) : value,
  );
}

interface Request {
  apiVersion: string;
  uid: string;
  desired: string;
  objects: unknown[];
}

function readRequest(body: unknown): Request {
  if (!isObject(body) || body.kind !== KIND) throw new RequestError(400, `body is not a ${KIND}`);
  const { apiVersion, request } = body;
  if (typeof apiVersion !== 'string' || !VERSIONS.includes(apiVersion))
    throw new RequestError(
      400,
      `apiVersion is ${shownInRefusal(apiVersion)}; ${VERSIONS.join(' and ')} are understood`,
    );
  if (!isObject(request)) throw new RequestError(400, `request is ${shownInRefusal(request)}; a ${KIND} needs one`);
  const { uid, desiredAPIVersion, objects } = request;
  if (typeof uid !== 'string' || uid === '')
    throw new RequestError(400, `request.uid is ${shownInRefusal(uid)}, not a string`);
  if (typeof desiredAPIVersion !== 'string' || desiredAPIVersion === '')
    throw new RequestError(400, `request.desiredAPIVersion is ${shownInRefusal(desiredAPIVersion)}, not a string`);
  if (objects !== undefined && objects !== null && !Array.isArray(objects))
    throw new RequestError(400, `request.objects is ${shownInRefusal(objects)}, not a list`);
  return { apiVersion, uid, desired: desiredAPIVersion, objects: objects ?? [] };
}

/** `Rollout demo/web`, as far as the object says. */
function nameOf(object: unknown, index: number): string {
  if (!isObject(object)) return `objects[${index}]`;
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const path = [metadata.namespace, metadata.name].filter((part) => typeof part === 'string' && part !== '').join('/');
  return oneLine(`${typeof object.kind === 'string' ? object.kind : 'object'} ${path || `objects[${index}]`}`, 512);
}

function convertOne(object: unknown, desired: string, convert: Convert): unknown {
  if (!isObject(object)) throw new Error(`it is ${shownInRefusal(object)}, not a JSON object`);
  if (object.apiVersion === desired) return object;
  if (!isObject(object.metadata)) throw new Error('it has no metadata');
  return convert(object as unknown as KubeObject, desired);
}

/** Answers one body, always with 200. @throws RequestError when the body is no ConversionReview. */
export function conversionHandler(convert: Convert, log: Log, metrics: ServerMetrics): (body: Body) => string {
  return ({ text }) => {
    const { apiVersion, uid, desired, objects } = readRequest(parseLossless(text));
    const converted: string[] = [];
    const reply = (result: object, list: string): string =>
      `{"apiVersion":"${apiVersion}","kind":"${KIND}","response":{"uid":${JSON.stringify(uid)},` +
      `"convertedObjects":[${list}],"result":${JSON.stringify(result)}}}`;
    for (const [index, object] of objects.entries()) {
      try {
        converted.push(JSON.stringify(convertOne(object, desired, convert)));
      } catch (error) {
        const message = `${nameOf(object, index)} cannot be shown as ${oneLine(desired, 128)}: ${oneLine(textOf(error), 1_024)}`;
        log.warn({ conversionUid: uid, desired, cause: message }, 'conversion failed');
        metrics.converted('failed', objects.length);
        return reply({ status: 'Failed', message }, '');
      }
    }
    metrics.converted('converted', objects.length);
    return reply({ status: 'Success' }, converted.join(','));
  };
}
