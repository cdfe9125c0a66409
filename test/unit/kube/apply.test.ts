import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { create, patch, remove } from '../../../src/objects/actions.ts';
import type { Action, ExactPatchAction } from '../../../src/objects/actions.ts';
import { apply } from '../../../src/kube/apply.ts';
import type { ApplyNeeds } from '../../../src/kube/apply.ts';
import type { Client } from '../../../src/kube/client.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import { Store } from '../../../src/kube/store.ts';
import { WriteLog } from '../../../src/kube/writes.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { DEPLOYMENTS, PODS } from './connect.ts';

const object = (name: string, version: number, more: Record<string, unknown> = {}): KubeObject => ({
  metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: String(version), ...more },
});
const owned = (name: string, uid: string, version = 1): KubeObject =>
  object(name, version, { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid, controller: true }] });
const refusal = (status: number, reason: string): KubeError => new KubeError({ status, reason, message: reason });

type Answers = Partial<Record<'create' | 'mergePatch' | 'jsonPatch' | 'delete' | 'get', unknown>>;

const make = (answers: Answers, leading: () => boolean = () => true) => {
  const calls: string[] = [];
  const reply =
    (verb: keyof Answers) =>
    async (...args: unknown[]): Promise<unknown> => {
      const name = verb === 'create' ? (args[2] as KubeObject).metadata.name : (args[0] as { name: string }).name;
      calls.push(`${verb} ${name}`);
      const value = answers[verb];
      const result: unknown = typeof value === 'function' ? (value as (name: string) => unknown)(name) : value;
      if (result instanceof Error) throw result;
      return result;
    };
  const client = {
    create: reply('create'),
    mergePatch: reply('mergePatch'),
    jsonPatch: reply('jsonPatch'),
    delete: reply('delete'),
    get: reply('get'),
  } as unknown as Client;
  const clock = new FakeClock();
  const store = new Store();
  const deployments = store.define(DEPLOYMENTS);
  const writes = new WriteLog();
  const seen: [string, boolean][] = [];
  const needs: ApplyNeeds = {
    client,
    store,
    clock,
    writes,
    fence: { isLeader: leading },
    onWrite: (action, changed) => seen.push([action.do, changed]),
  };
  return { calls, clock, deployments, writes, seen, needs };
};
const web = object('web', 7);
const target = { resource: DEPLOYMENTS, namespace: 'default', name: 'web' };
const patchWeb = patch(DEPLOYMENTS, web, { spec: { paused: false } }, 'why');

describe('apply', () => {
  it('performs actions in order and shows each answer in the store at once', async () => {
    const shown: unknown[] = [];
    const { needs, calls, deployments, seen } = make({
      mergePatch: () => object('web', 8),
      create: () => {
        shown.push(deployments.get('default', 'web')?.metadata.resourceVersion);
        return object('canary', 9);
      },
      delete: undefined,
    });
    const actions: Action[] = [
      patchWeb,
      create(DEPLOYMENTS, object('canary', 0), 'why'),
      remove(DEPLOYMENTS, object('old', 3), 'why'),
    ];
    deployments.put(object('old', 3));
    expect(await apply(actions, needs)).toEqual({ done: 3 });
    expect(calls).toEqual(['mergePatch web', 'create canary', 'delete old']);
    expect(shown).toEqual(['8']);
    expect(deployments.list().map(({ metadata }) => metadata.name)).toEqual(['web', 'canary']);
    expect(seen).toEqual([
      ['patch', true],
      ['create', true],
      ['delete', true],
    ]);
  });

  it('stops at the first failure and does nothing after it', async () => {
    const { needs, calls } = make({ mergePatch: refusal(403, 'Forbidden') });
    const result = await apply([patchWeb, patchWeb], needs);
    expect(result).toMatchObject({ done: 0, failure: { status: 403, reason: 'Forbidden' } });
    expect(calls).toEqual(['mergePatch web']);
  });

  it('writes nothing unless this process leads, and checks before every action (HZ-06)', async () => {
    let leading = true;
    const { needs, calls } = make(
      {
        mergePatch: () => {
          leading = false;
          return object('web', 8);
        },
      },
      () => leading,
    );
    const result = await apply([patchWeb, patchWeb, patchWeb], needs);
    expect(result).toMatchObject({ done: 1, failure: { reason: 'NotLeader', retryable: true, conflict: false } });
    expect(calls).toEqual(['mergePatch web']);
  });

  it('reads the object once after a conflict, so that the next plan does not see the old one again', async () => {
    const { needs, calls, deployments } = make({ mergePatch: refusal(409, 'Conflict'), get: object('web', 12) });
    deployments.put(web);
    const result = await apply([patchWeb], needs);
    expect(result).toMatchObject({ done: 0, failure: { conflict: true } });
    expect(calls).toEqual(['mergePatch web', 'get web']);
    expect(deployments.get('default', 'web')?.metadata.resourceVersion).toBe('12');
  });

  it('looks whether a write with a lost answer happened', async () => {
    const lost = new KubeError({ status: 0, reason: 'ConnectionLost', message: 'reset', unknown: true });
    const { needs, deployments } = make({ mergePatch: lost, get: object('web', 8) });
    expect(await apply([patchWeb], needs)).toMatchObject({ failure: { unknown: true, retryable: true } });
    expect(deployments.get('default', 'web')?.metadata.resourceVersion).toBe('8');
  });

  it('forgets an object that is not there any more when a patch is answered with 404', async () => {
    const { needs, deployments } = make({ mergePatch: refusal(404, 'NotFound'), get: undefined });
    deployments.put(web);
    expect(await apply([patchWeb], needs)).toMatchObject({ failure: { notFound: true } });
    expect(deployments.size).toBe(0);
  });

  it('keeps the first failure when the look after it fails too', async () => {
    const { needs } = make({ mergePatch: refusal(409, 'Conflict'), get: refusal(500, 'InternalError') });
    expect(await apply([patchWeb], needs)).toMatchObject({ failure: { conflict: true } });
  });

  it('counts a create as done when the object that exists has our owner (decisions, section 4)', async () => {
    const { needs, deployments, seen } = make({
      create: refusal(409, 'AlreadyExists'),
      get: owned('canary', 'mine', 5),
    });
    expect(await apply([create(DEPLOYMENTS, owned('canary', 'mine'), 'why')], needs)).toEqual({ done: 1 });
    expect(deployments.get('default', 'canary')?.metadata.resourceVersion).toBe('5');
    expect(seen).toEqual([['create', false]]);
  });

  it('says that the name is taken when the object that exists has another owner or none', async () => {
    for (const live of [owned('canary', 'theirs'), object('canary', 5)]) {
      const { needs } = make({ create: refusal(409, 'AlreadyExists'), get: live });
      const actions = [create(DEPLOYMENTS, owned('canary', 'mine'), 'why'), patchWeb];
      expect(await apply(actions, needs)).toEqual({ done: 0, nameTaken: true });
    }
  });

  it('patches what it has just created, or found created, from the version of that answer', async () => {
    const status = patch(DEPLOYMENTS, owned('canary', 'mine', 0), { status: {} }, 'why', 'status');
    const actions = [create(DEPLOYMENTS, owned('canary', 'mine'), 'why'), { ...status, resourceVersion: '' }];
    const found = { create: refusal(409, 'AlreadyExists'), get: owned('canary', 'mine', 5) };
    for (const answers of [{ create: owned('canary', 'mine', 5) }, found]) {
      const versions: unknown[] = [];
      const { needs } = make(answers);
      const mergePatch: Client['mergePatch'] = async (_target, _patch, options) => {
        versions.push(options?.resourceVersion);
        return owned('canary', 'mine', 6);
      };
      expect(await apply(actions, { ...needs, client: { ...needs.client, mergePatch } })).toEqual({ done: 2 });
      expect(versions).toEqual(['5']);
    }
  });

  it('observes again when the object that existed is gone on a second look', async () => {
    const { needs } = make({ create: refusal(409, 'AlreadyExists'), get: undefined });
    const result = await apply([create(DEPLOYMENTS, owned('canary', 'mine'), 'why')], needs);
    expect(result).toMatchObject({ done: 0, failure: { conflict: true } });
  });

  it('counts a delete as done when there is nothing to delete', async () => {
    const { needs, deployments, writes } = make({ delete: refusal(404, 'NotFound') });
    deployments.put(web);
    expect(await apply([remove(DEPLOYMENTS, web, 'why')], needs)).toEqual({ done: 1 });
    expect(deployments.size).toBe(0);
    expect(writes.writtenAt(target)).toBeUndefined();
  });

  it('keeps an object that finalizers hold, as the server answered', async () => {
    const { needs, deployments } = make({ delete: object('web', 9, { deletionTimestamp: '2026-01-01T00:00:00Z' }) });
    deployments.put(web);
    expect(await apply([remove(DEPLOYMENTS, web, 'why')], needs)).toEqual({ done: 1 });
    expect(deployments.get('default', 'web')?.metadata.deletionTimestamp).toBeDefined();
  });

  it('refuses a patch without a version and a delete without a uid', async () => {
    const { needs, calls } = make({});
    const bare: KubeObject = { metadata: { name: 'web', namespace: 'default' } };
    for (const action of [patch(DEPLOYMENTS, bare, {}, 'why'), remove(DEPLOYMENTS, bare, 'why')]) {
      expect(await apply([action], needs)).toMatchObject({ failure: { reason: 'NoPrecondition', retryable: false } });
    }
    expect(calls).toEqual([]);
  });

  it('does not hide a mistake of ours as a failure of the API server', async () => {
    const { needs } = make({ mergePatch: new TypeError('bug') });
    await expect(apply([patchWeb], needs)).rejects.toThrow('bug');
  });
});

describe('an exact patch', () => {
  const enrol: ExactPatchAction = {
    do: 'exactPatch',
    target,
    operations: [
      { op: 'test', path: '/metadata/uid', value: 'uid-web' },
      { op: 'test', path: '/metadata/labels', value: null },
      { op: 'add', path: '/metadata/labels', value: { mine: 'yes' } },
    ],
    why: 'why',
  };
  const invalid = refusal(422, 'Invalid');
  const escaped = object('web', 12, { labels: { mine: 'no' } });

  it('is sent without a version; its answer is in the store, in the write log and told', async () => {
    const { needs, deployments, writes, seen } = make({});
    const sent: unknown[] = [];
    const jsonPatch: Client['jsonPatch'] = async (...args) => {
      sent.push(args);
      return object('web', 13);
    };
    expect(await apply([enrol], { ...needs, client: { ...needs.client, jsonPatch } })).toEqual({ done: 1 });
    expect(sent).toEqual([[target, enrol.operations, { signal: undefined, timeoutMs: undefined }]]);
    expect(deployments.get('default', 'web')?.metadata.resourceVersion).toBe('13');
    expect(writes.writtenAt(target)).toBeDefined();
    expect(seen).toEqual([['exactPatch', true]]);
  });

  it('is a conflict when a test fails: the object is read once, and the next plan sees it', async () => {
    const { needs, calls, deployments, writes } = make({ jsonPatch: invalid, get: escaped });
    deployments.put(web);
    const { done, failure } = await apply([enrol, patchWeb], needs);
    expect([done, failure?.conflict, failure?.retryable, failure?.cause]).toEqual([0, true, true, invalid]);
    expect(calls).toEqual(['jsonPatch web', 'get web']);
    expect(deployments.get('default', 'web')).toEqual(escaped);
    expect(writes.writtenAt(target)).toBeUndefined();
  });

  it('is a refusal for people when all that was tested still holds', async () => {
    const { needs, calls } = make({ jsonPatch: invalid, get: object('web', 12) });
    const { failure } = await apply([enrol], needs);
    expect(failure).toBe(invalid);
    expect([failure?.conflict, failure?.retryable]).toEqual([false, false]);
    expect(calls).toEqual(['jsonPatch web', 'get web']);
  });

  it('is a conflict when the object is gone, and tried later when nobody can say', async () => {
    const gone = make({ jsonPatch: invalid, get: undefined });
    gone.deployments.put(web);
    expect(await apply([enrol], gone.needs)).toMatchObject({ failure: { conflict: true } });
    expect(gone.deployments.size).toBe(0);
    const blind = make({ jsonPatch: invalid, get: refusal(503, 'ServiceUnavailable') });
    const { failure } = await apply([enrol], blind.needs);
    expect([failure?.conflict, failure?.retryable]).toEqual([false, true]);
  });

  it('is written by the leader alone, and never without a test', async () => {
    const { needs, calls } = make({}, () => false);
    expect(await apply([enrol], needs)).toMatchObject({ failure: { reason: 'NotLeader' } });
    const bare = { ...enrol, operations: enrol.operations.slice(2) };
    expect(await apply([bare], { ...needs, fence: { isLeader: () => true } })).toMatchObject({
      failure: { reason: 'NoPrecondition' },
    });
    expect(calls).toEqual([]);
  });

  it('has no part in how a merge patch that is not valid is told', async () => {
    const { needs, calls } = make({ mergePatch: invalid, get: escaped });
    expect((await apply([patchWeb], needs)).failure).toBe(invalid);
    expect(calls).toEqual(['mergePatch web']);
  });
});

describe('write times', () => {
  it('are those of the answers, by name, and a patch that changed nothing leaves them alone', async () => {
    let version = 8;
    const { needs, clock, writes } = make({ mergePatch: () => object('web', version) });
    const first = clock.now();
    await apply([patchWeb], needs);
    expect(writes.writtenAt(target)).toBe(first);
    await clock.advance(500);
    version = 7;
    await apply([patchWeb], needs);
    expect(writes.writtenAt(target)).toBe(first);
    expect(writes.all()['deployments/default/web']).toBe(first);
  });

  it('include deletes', async () => {
    const { needs, clock, writes } = make({ delete: undefined });
    await apply([remove(DEPLOYMENTS, web, 'why')], needs);
    expect(writes.writtenAt(target)).toBe(clock.now());
  });

  it('are forgotten oldest first when there are very many', () => {
    const writes = new WriteLog();
    for (let i = 0; i < 30_000; i += 1) writes.record({ resource: PODS, namespace: 'n', name: `p${i}` }, i);
    const at = (i: number): number | undefined => writes.writtenAt({ resource: PODS, namespace: 'n', name: `p${i}` });
    expect([at(0), at(29_999)]).toEqual([undefined, 29_999]);
    expect(Object.keys(writes.all()).length).toBeLessThanOrEqual(5_000);
  });

  it('take any name, also that of a prototype member', () => {
    const writes = new WriteLog();
    for (const name of ['__proto__', 'constructor']) {
      const of = { resource: PODS, namespace: 'n', name };
      expect(writes.writtenAt(of)).toBeUndefined();
      writes.record(of, 7);
      expect(writes.writtenAt(of)).toBe(7);
    }
  });
});
