// Paths of the webhook server, what may be sent to them, and how refusals are worded. Two scopes, because a conversion
// review may be larger than an admission review.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PATH } from '../api/names.ts';
import { reviewHandler } from './admission.ts';
import type { AdmissionSetup } from './admission.ts';
import { createBodyReader } from './body.ts';
import type { Body } from './body.ts';
import { createBudget } from './budget.ts';
import { conversionHandler } from './conversion.ts';
import { RequestError, textOf } from './errors.ts';
import type { Convert } from './server-needs.ts';
import { refusalOf } from './refusal.ts';

const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain; charset=utf-8';

type Handle = (body: Body, timeout: unknown) => string | Promise<string>;
type AddRoutes = (app: FastifyInstance) => void;

export interface RouteSetup extends AdmissionSetup {
  convert: Convert;
  /** True while stopping: every answer then asks the peer to open its next connection elsewhere. */
  draining(): boolean;
}

function post(app: FastifyInstance, path: string, setup: RouteSetup, handle: Handle): void {
  app.post(path, (request: FastifyRequest, reply: FastifyReply) => {
    const body = request.body as Body | undefined;
    if (body === undefined) throw new RequestError(415, `send a body with content type ${JSON_TYPE}`);
    reply.header('content-type', JSON_TYPE);
    if (setup.draining()) reply.header('connection', 'close');
    return handle(body, (request.query as { timeout?: unknown }).timeout);
  });
}

function refusals(app: FastifyInstance, setup: RouteSetup): void {
  const postPaths = [...setup.parts.doors.map(({ path }) => path), PATH.convert];
  app.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error);
    const { status, message, headers } = refusal ?? { status: 500, message: 'internal error', headers: {} };
    if (refusal === undefined)
      setup.log.error({ err: error, path: request.raw.url }, `request failed: ${textOf(error)}`);
    setup.metrics.refused(status);
    if (setup.draining()) reply.header('connection', 'close');
    return reply.code(status).headers(headers).header('content-type', TEXT_TYPE).send(`${message}\n`);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = (request.raw.url ?? '').split('?', 1)[0] ?? '';
    reply.header('connection', 'close');
    if (!postPaths.includes(path)) throw new RequestError(404, 'there is nothing at this path');
    reply.header('allow', 'POST');
    throw new RequestError(405, `only POST is answered here, not ${request.method}`);
  });
}

export function registerRoutes(app: FastifyInstance, setup: RouteSetup): void {
  const { limits } = setup;
  const budget = createBudget(limits);
  /** An encapsulated scope whose bodies are read with a limit of its own. */
  const scope = (maxBytes: number, dropManagedFields: boolean, addRoutes: AddRoutes): void => {
    app.register((inner, _options, done) => {
      const read = createBodyReader({ maxBytes, limits, budget, dropManagedFields });
      inner.addContentTypeParser(JSON_TYPE, (request, payload, parsed) => read(request.headers, payload, parsed));
      addRoutes(inner);
      done();
    });
  };
  app.removeAllContentTypeParsers();
  refusals(app, setup);
  scope(limits.reviewBytes, true, (inner) => {
    for (const door of setup.parts.doors) post(inner, door.path, setup, reviewHandler(setup, door));
  });
  scope(limits.conversionBytes, false, (inner) => {
    post(inner, PATH.convert, setup, conversionHandler(setup.convert, setup.log, setup.metrics));
  });
}
