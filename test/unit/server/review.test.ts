import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decision, Verdict } from '../../../src/core/admission/types.ts';
import { parseLossless } from '../../../src/server/conversion.ts';
import { readReview } from '../../../src/server/review.ts';
import { holdsRoundedNumber, writeVerdict } from '../../../src/server/verdict.ts';
import {
  admissionReview,
  allow,
  answered,
  deployment,
  open,
  patchOf,
  pause,
  replies,
  requestBytes,
  send,
  startServer,
} from './support.ts';
import type { Response, Review, Started } from './support.ts';

/** Answers by what the review says, so that a mix-up of two reviews cannot stay unseen. */
const byName = (review: Review): Decision => {
  if (review.name.startsWith('deny')) {
    return { is: 'deny', reason: 'rule-x', code: 403, message: `no ${review.name}`, retryable: false, warnings: [] };
  }
  if (review.name.startsWith('hold')) return pause();
  return allow(`seen ${review.name}`);
};

let at: Started;
beforeAll(async () => {
  at = await startServer({ admission: { decide: byName } });
});
afterAll(() => at.server.stop());

const write = (verdict: Verdict): Response['response'] =>
  (JSON.parse(writeVerdict(readReview(admissionReview()), verdict)) as Response).response;

describe('envelope', () => {
  const generated = fc.record({
    uid: fc.oneof(fc.uuid(), fc.string({ minLength: 1, unit: 'grapheme' })),
    version: fc.constantFrom('admission.k8s.io/v1', 'admission.k8s.io/v1beta1'),
    name: fc.constantFrom('allow-a', 'hold-b', 'deny-c'),
    operation: fc.constantFrom('CREATE', 'UPDATE', 'DELETE', 'CONNECT'),
    dryRun: fc.constantFrom(true, false, null, undefined),
    old: fc.constantFrom(null, undefined, deployment()),
  });

  test('AW-01 ten thousand generated reviews: version, kind and uid come back, always 200, never a redirect', async () => {
    const cases = fc.sample(generated, { numRuns: 10_000, seed: 7 });
    const statuses = new Map<number, number>();
    let mismatches = 0;
    const lane = async (mine: typeof cases): Promise<void> => {
      const socket = await open(at.port, at.ca);
      const next = replies(socket);
      for (const { uid, version, name, operation, dryRun, old } of mine) {
        const body = JSON.stringify(admissionReview({ uid, name, operation, dryRun, oldObject: old }, version));
        socket.write(requestBytes({ body }));
        const reply = await next();
        statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
        const { apiVersion, kind, response } = answered(reply);
        const expected =
          name.startsWith('deny') === !response.allowed && name.startsWith('hold') === (response.patch !== undefined);
        if (apiVersion !== version || kind !== 'AdmissionReview' || response.uid !== uid || !expected) mismatches += 1;
      }
      socket.destroy();
    };
    await Promise.all(Array.from({ length: 8 }, (_, lane_) => lane(cases.filter((_c, index) => index % 8 === lane_))));
    expect(mismatches).toBe(0);
    expect([...statuses]).toEqual([[200, 10_000]]);
  }, 60_000);

  test('AW-02 v1 and v1beta1 get the same verdict', async () => {
    for (const name of ['allow-a', 'hold-b', 'deny-c']) {
      const [one, two] = await Promise.all(
        ['v1', 'v1beta1'].map(async (version) =>
          answered(await send(at, { body: JSON.stringify(admissionReview({ name }, `admission.k8s.io/${version}`)) })),
        ),
      );
      expect(one?.response).toEqual(two?.response);
    }
  });

  test.each([
    [
      'an unknown version',
      { ...admissionReview(), apiVersion: 'admission.k8s.io/v2' },
      'apiVersion is "admission.k8s.io/v2"',
    ],
    ['no version', { kind: 'AdmissionReview', request: {} }, 'apiVersion is nothing'],
    ['another kind', { ...admissionReview(), kind: 'Review' }, 'kind is "Review"'],
    ['no request', { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }, 'request is nothing'],
    [
      'a null request',
      { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: null },
      'request is a null',
    ],
    ['an empty request', { ...admissionReview(), request: {} }, 'request.uid is nothing'],
    ['a list at the root', [admissionReview()], 'body is a list'],
    ['a string at the root', 'review', 'body is "review"'],
    ['null at the root', null, 'body is a null'],
    ['an object that is a list', admissionReview({ object: [1] }), 'request.object is a list'],
  ])('AW-02 %s is refused with 400 and says what is wrong', async (_case, body, message) => {
    const reply = await send(at, { body: JSON.stringify(body) });
    expect(reply.status).toBe(400);
    expect(reply.body).toContain(message);
  });
});

describe('AW-16 matrix of nulls', () => {
  const choices = [null, undefined, deployment()];
  const cases = choices.flatMap((object) =>
    choices.flatMap((oldObject) => [null, undefined, true].map((dryRun) => ({ object, oldObject, dryRun }))),
  );

  test('every combination of absent and null is judged', async () => {
    for (const given of cases) {
      const reply = await send(at, { body: JSON.stringify(admissionReview(given)) });
      expect([reply.status, answered(reply).response.allowed]).toEqual([200, true]);
    }
  });

  test('null and absent objects are undefined, an absent dryRun is false', () => {
    const { review } = readReview(admissionReview({ object: null, oldObject: undefined, dryRun: undefined }));
    expect([review.object, review.oldObject, review.dryRun]).toEqual([undefined, undefined, false]);
    expect(readReview(admissionReview({ dryRun: true })).review.dryRun).toBe(true);
  });

  test('options without metadata are no workload', () => {
    expect(readReview(admissionReview({ object: { container: 'web' } })).review.object).toBeUndefined();
  });

  test('fields of the wrong type read as empty', () => {
    const odd = { kind: 3, resource: 'x', userInfo: [], namespace: {}, name: 1, operation: null, subResource: true };
    const { review } = readReview(admissionReview(odd));
    expect(review).toMatchObject({ kind: '', group: '', resource: '', username: '', namespace: '', name: '' });
  });
});

interface Add {
  op: string;
  path: string;
  value: unknown;
}

/** RFC 6902 `add` to members of objects, as the API server does it, on a document whose numbers are texts. */
function applyAdds(document: unknown, operations: Add[]): unknown {
  for (const { op, path, value } of operations) {
    expect(op).toBe('add');
    const keys = path.split('/').slice(1);
    const parent = keys
      .slice(0, -1)
      .reduce((node, key) => node[key] as Record<string, unknown>, document as Record<string, unknown>);
    parent[keys.at(-1) ?? ''] = value;
  }
  return document;
}

describe('AW-15 numbers', () => {
  test('integers above 2^53 and unknown fields survive: byte-equal outside the patched path', async () => {
    const object =
      '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"hold-b","generation":9007199254740993},' +
      '"spec":{"unknownField":{"big":18446744073709551615,"__proto__":{"x":-9007199254740995}},"replicas":5}}';
    const body = JSON.stringify(admissionReview({ name: 'hold-b', object: 'HERE' })).replace('"HERE"', object);
    const response = answered(await send(at, { body }));
    const patched = JSON.stringify(applyAdds(parseLossless(object), patchOf(response) as Add[]));
    expect(patched).toBe(object.replace('"replicas":5', '"replicas":5,"paused":true'));
    expect(JSON.stringify(response)).not.toMatch(/90071992547409|1844674407370955/);
  });

  test('a patch that would copy a rounded number is never sent', async () => {
    const copying = await startServer({
      admission: {
        decide: (review) => ({
          is: 'patch',
          reason: 'held',
          operations: [
            { op: 'add', path: '/spec/x', value: { deep: [(review.object?.metadata.generation ?? 0) as number] } },
          ],
          warnings: [],
        }),
      },
    });
    const withNumber = (number: string): string =>
      JSON.stringify(admissionReview()).replace('"uid":"u-1"', `"uid":"u-1","generation":${number}`);
    const rounded = answered(await send(copying, { body: withNumber('9007199254740993') }));
    expect(rounded.response).toMatchObject({ allowed: true });
    expect(rounded.response.patch).toBeUndefined();
    expect(rounded.response.warnings).toHaveLength(1);
    expect(answered(await send(copying, { body: withNumber('9007199254740991') })).response.patch).toBeDefined();
    await copying.server.stop();
  });

  test('only rounded integers count', () => {
    expect([2 ** 53, -(2 ** 60), 1e300].map(holdsRoundedNumber)).toEqual([true, true, true]);
    expect([2 ** 53 - 1, 0.5, 'x', null, { a: [1] }].map(holdsRoundedNumber)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('verdicts', () => {
  test('a patch without operations is a plain allow', () => {
    const response = write({ is: 'patch', reason: 'held', operations: [], warnings: [] });
    expect(response).toMatchObject({ allowed: true });
    expect(response).not.toHaveProperty('patch');
    expect(response).not.toHaveProperty('patchType');
  });

  test('AW-18 the keys of audit annotations are a fixed list', () => {
    const verdicts: Verdict[] = [
      { is: 'allow', reason: 'a\nb', warnings: [] },
      { is: 'patch', reason: 'held', operations: [{ op: 'remove', path: '/x' }], warnings: [] },
      { is: 'deny', reason: 'r', code: 403, message: 'm', retryable: false, warnings: [] },
    ];
    for (const verdict of verdicts)
      expect(Object.keys(write(verdict).auditAnnotations ?? {})).toEqual(['verdict', 'reason']);
    expect(write(verdicts[0] as Verdict).auditAnnotations).toEqual({ verdict: 'allow', reason: 'a b' });
  });

  const deny = (code: number, retryable: boolean, message: string) =>
    write({ is: 'deny', reason: 'promotion-under-way', code, message, retryable, warnings: [] }).status;

  test('AW-19 denials carry code, rule id and remedy, and "retry later" is distinct from "forbidden"', () => {
    expect(deny(422, false, 'spec.strategy has two styles; keep one')).toEqual({
      status: 'Failure',
      code: 422,
      reason: 'Invalid',
      message: 'spec.strategy has two styles; keep one (rule promotion-under-way)',
    });
    expect(deny(403, false, 'never')).toMatchObject({
      code: 403,
      details: { causes: [{ reason: 'promotion-under-way', message: 'forbidden' }] },
    });
    expect(deny(409, true, '3 of 5 pods are promoted')).toEqual({
      status: 'Failure',
      code: 409,
      reason: 'Conflict',
      message: '3 of 5 pods are promoted; retry later (rule promotion-under-way)',
      details: { causes: [{ reason: 'promotion-under-way', message: 'retry later' }] },
    });
    expect(deny(403, true, 'Retry in a minute')?.code).toBe(429);
    expect(deny(429, false, 'never')?.code).toBe(403);
    expect(deny(200, false, 'never')?.code).toBe(403);
  });
});

describe('AW-17 warnings', () => {
  test('any text becomes a printable line of at most 256 characters, 2,048 in all', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 600 }),
      fc
        .array(fc.constantFrom('\n', '\r', '\0', '\u2028', '\u202e', '\ud800', '😀', 'wörd ', '"', '\\'), {
          maxLength: 700,
        })
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 30 }), (warnings) => {
        const shown = write({ is: 'allow', reason: 'r', warnings }).warnings ?? [];
        expect(shown.join('').length).toBeLessThanOrEqual(2_048);
        for (const line of shown) {
          expect(Array.from(line).length).toBeLessThanOrEqual(256);
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
          expect(line.isWellFormed()).toBe(true);
          expect(line.trim()).toBe(line);
          expect(line).not.toBe('');
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a long warning is cut visibly, lines are joined, repetitions dropped', () => {
    const warnings = ['x'.repeat(300), 'one\ntwo', 'one two', '', 'short'];
    expect(write({ is: 'allow', reason: 'r', warnings }).warnings).toEqual([`${'x'.repeat(255)}…`, 'one two', 'short']);
  });

  test('no warnings, no field', () => {
    expect(write({ is: 'allow', reason: 'r', warnings: ['\n'] })).not.toHaveProperty('warnings');
  });
});
