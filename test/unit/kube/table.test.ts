import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { Store } from '../../../src/kube/store.ts';
import { Table } from '../../../src/kube/table.ts';
import type { TableOptions } from '../../../src/kube/table.ts';
import { compareVersions } from '../../../src/kube/versions.ts';
import { DEPLOYMENTS, PODS } from './connect.ts';

const object = (name: string, version: number, fields: Record<string, unknown> = {}): KubeObject => ({
  metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: String(version), ...fields },
});
const names = (objects: KubeObject[]): string[] => objects.map(({ metadata }) => metadata.name).sort();
const table = (options: TableOptions = {}): Table => new Table(PODS, options);

describe('resourceVersions', () => {
  it('compare as numbers of any size', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n }), fc.bigInt({ min: 0n }), (a, b) => {
        expect(Math.sign(compareVersions(String(a), String(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
    expect(compareVersions('9007199254740993', '9007199254740992')).toBeGreaterThan(0);
  });
});

describe('table', () => {
  it('lets the newer version win, whichever comes first', () => {
    const pods = table();
    expect(pods.put(object('a', 10))).toBe(true);
    expect(pods.put(object('a', 9))).toBe(false);
    expect(pods.put(object('a', 10))).toBe(false);
    expect(pods.put(object('a', 11))).toBe(true);
    expect(pods.get('default', 'a')?.metadata.resourceVersion).toBe('11');
  });

  it('does not bring back an object that was seen deleted when older news arrives', () => {
    const pods = table();
    pods.put(object('a', 10));
    pods.removeAt('default', 'a', '12');
    expect(pods.put(object('a', 11))).toBe(false);
    expect(pods.list()).toEqual([]);
    expect(pods.put(object('a', 13, { uid: 'another' }))).toBe(true);
  });

  it('keeps a deletion without a version against late news of the same uid', () => {
    const pods = table();
    pods.put(object('a', 10));
    pods.removeUid('default', 'a', 'uid-a');
    expect(pods.put(object('a', 11))).toBe(false);
    expect(pods.put(object('a', 12, { uid: 'another' }))).toBe(true);
    expect(pods.removeUid('default', 'a', 'uid-a')).toBe(false);
    expect(names(pods.list())).toEqual(['a']);
  });

  it('ignores a deletion older than what it has', () => {
    const pods = table();
    pods.put(object('a', 20));
    expect(pods.removeAt('default', 'a', '15')).toBe(false);
    expect(names(pods.list())).toEqual(['a']);
  });

  it('takes back an object that left its selector and came in again', () => {
    const pods = table({ scope: { labels: { matchLabels: { app: 'x' } } } });
    pods.put(object('a', 10, { labels: { app: 'x' } }));
    pods.removeAt('default', 'a', '11');
    expect(pods.put(object('a', 12, { labels: { app: 'x' } }))).toBe(true);
  });

  it('drops an object when a write of ours takes it out of scope, and holds nothing foreign', () => {
    const pods = table({ scope: { namespace: 'default', labels: { matchLabels: { app: 'x' } } } });
    pods.put(object('a', 10, { labels: { app: 'x' } }));
    pods.put(object('a', 11, { labels: { app: 'y' } }));
    pods.put(object('b', 12, { labels: { app: 'x' }, namespace: 'other' }));
    expect(pods.list()).toEqual([]);
  });

  it('keeps what we wrote after a list was taken, and drops what the list lacks', () => {
    const pods = table();
    pods.put(object('old', 5));
    pods.put(object('ours', 30));
    pods.replace([object('listed', 7)], '20');
    expect(names(pods.list())).toEqual(['listed', 'ours']);
    expect(pods.synced).toBe(true);
  });

  it('believes a list completely when the history of the server went back', () => {
    const pods = table();
    pods.replace([object('a', 500), object('gone', 501)], '600');
    pods.replace([object('a', 50)], '60', true);
    expect(pods.list().map(({ metadata }) => metadata.resourceVersion)).toEqual(['50']);
    expect(pods.put(object('a', 61))).toBe(true);
  });

  it('knows what a list or the watch would have told: an answer that is older brings nothing back', () => {
    const pods = table();
    pods.replace([], '20');
    expect(pods.put(object('a', 19))).toBe(false);
    pods.reached('30');
    expect(pods.put(object('a', 29))).toBe(false);
    expect(pods.put(object('a', 31))).toBe(true);
  });

  it('finds objects by index while they change', () => {
    const pods = table({ indexes: { app: ({ metadata }) => Object.values(metadata.labels ?? {}) } });
    pods.put(object('a', 1, { labels: { app: 'x' } }));
    pods.put(object('b', 2, { labels: { app: 'x', also: 'y' } }));
    expect(names(pods.by('app', 'x'))).toEqual(['a', 'b']);
    pods.put(object('a', 3, { labels: { app: 'y' } }));
    expect([names(pods.by('app', 'x')), names(pods.by('app', 'y'))]).toEqual([['b'], ['a', 'b']]);
    pods.removeAt('default', 'b', '4');
    expect([pods.by('app', 'x'), names(pods.by('app', 'y'))]).toEqual([[], ['a']]);
    expect(() => pods.by('nope', 'x')).toThrow('pods have no index nope');
  });

  it('lists one namespace without looking at the others', () => {
    const pods = table();
    pods.put(object('a', 1));
    pods.put(object('b', 2, { namespace: 'other' }));
    expect([names(pods.list('other')), names(pods.list('none')), pods.size]).toEqual([['b'], [], 2]);
  });

  it('tells listeners what was and what is, and survives one that throws', () => {
    const errors: unknown[] = [];
    const pods = table({ onError: (error) => errors.push(error), project: ({ metadata }) => ({ metadata }) });
    const seen: (string | undefined)[][] = [];
    pods.onChange(() => {
      throw new Error('listener');
    });
    const end = pods.onChange((before, after) => {
      seen.push([before?.metadata.resourceVersion, after?.metadata.resourceVersion]);
    });
    pods.put({ ...object('a', 1), spec: 'dropped by the projection' });
    expect(pods.get('default', 'a')).not.toHaveProperty('spec');
    pods.put(object('a', 2));
    pods.removeAt('default', 'a', '3');
    end();
    pods.put(object('b', 4));
    expect(seen).toEqual([
      [undefined, '1'],
      ['1', '2'],
      ['2', undefined],
    ]);
    expect(errors).toHaveLength(4);
  });

  it('whenSynced also ends when the server does not have the resource', async () => {
    const pods = table();
    let over = false;
    const waiting = pods.whenSynced().then(() => (over = true));
    await Promise.resolve();
    expect(over).toBe(false);
    pods.clear();
    await waiting;
    expect([pods.state, pods.synced]).toEqual(['missing', false]);
  });

  interface Step {
    is: 'create' | 'change' | 'delete' | 'watch' | 'relist' | 'late-answer' | 'delete-answer';
    pick: number;
  }
  const step: fc.Arbitrary<Step> = fc.record({
    is: fc.constantFrom('create', 'change', 'delete', 'watch', 'relist', 'late-answer', 'delete-answer'),
    pick: fc.nat(1000),
  });

  it('never goes back in time and equals the server once the watch has caught up', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const pods = table();
        const history: { type: 'put' | 'delete'; object: KubeObject; version: number }[] = [];
        let live: KubeObject | undefined;
        let version = 10;
        let watched = 0;
        let seen = 0;
        const look = (): void => {
          const shown = Number(pods.get('default', 'a')?.metadata.resourceVersion ?? 0);
          if (shown !== 0) expect(shown).toBeGreaterThanOrEqual(seen);
          seen = Math.max(seen, shown);
        };
        const commit = (type: 'put' | 'delete', next: KubeObject): void => {
          history.push({ type, object: next, version: Number(next.metadata.resourceVersion) });
          live = type === 'put' ? next : undefined;
        };
        const watch = (): void => {
          const event = history[watched];
          if (event === undefined) return;
          watched += 1;
          if (event.type === 'put') pods.putWatched(event.object);
          else pods.removeAt('default', 'a', String(event.version));
        };
        for (const { is, pick } of steps) {
          version += 1;
          const past = history[pick % Math.max(history.length, 1)];
          if (is === 'create' && live === undefined) commit('put', object('a', version, { uid: `uid-${version}` }));
          else if (is === 'change' && live !== undefined)
            commit('put', object('a', version, { uid: live.metadata.uid }));
          else if (is === 'delete' && live !== undefined)
            commit('delete', object('a', version, { uid: live.metadata.uid }));
          else if (is === 'watch') watch();
          else if (is === 'relist') {
            watched = history.length;
            pods.replace(live === undefined ? [] : [live], String(version));
          } else if (is === 'late-answer' && past?.type === 'put') pods.put(past.object);
          else if (is === 'delete-answer' && past?.type === 'delete') {
            pods.removeUid('default', 'a', past.object.metadata.uid as string);
          }
          look();
        }
        while (watched < history.length) watch();
        expect(pods.get('default', 'a')?.metadata.resourceVersion).toBe(live?.metadata.resourceVersion);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('store', () => {
  it('puts answers to writes into every table of the resource whose scope holds the object', () => {
    const store = new Store();
    const all = store.define(PODS);
    const some = store.define(PODS, { scope: { namespace: 'default', labels: { matchLabels: { app: 'x' } } } });
    const other = store.define(DEPLOYMENTS);
    store.put(PODS, object('a', 1, { labels: { app: 'x' } }));
    store.put(PODS, object('b', 2));
    expect([names(all.list()), names(some.list()), other.size]).toEqual([['a', 'b'], ['a'], 0]);
    store.removed({ resource: PODS, namespace: 'default', name: 'a' }, 'uid-a');
    expect([names(all.list()), some.size]).toEqual([['b'], 0]);
  });

  it('has one table for each collection', () => {
    const store = new Store();
    const all = store.define(PODS);
    expect(() => store.define(PODS)).toThrow('has a table already');
    expect(store.table(PODS)).toBe(all);
    expect(() => store.table(PODS, { namespace: 'x' })).toThrow('the collection pods./v1 x has no table');
    store.drop(all);
    expect(store.find(PODS)).toBeUndefined();
  });

  it('is synced when every table knows what there is', async () => {
    const store = new Store();
    const pods = store.define(PODS);
    const deployments = store.define(DEPLOYMENTS);
    pods.replace([], '1');
    expect(store.synced).toBe(false);
    deployments.clear();
    expect(store.synced).toBe(true);
    await store.whenSynced();
  });
});
