// What must be true after every single write, whoever made it.

import type { JsonObject, KubeObject } from '../../../../../src/api/kube.ts';
import { ANNOTATION, CONDITION, LABEL } from '../../../../../src/api/names.ts';
import {
  DEPLOYMENTS,
  HTTP_ROUTES,
  INGRESSES,
  PODS,
  REPLICA_SETS,
  ROLLOUTS,
  SERVICES,
} from '../../../../../src/api/resources.ts';
import type { Rollout } from '../../../../../src/api/rollout.ts';
import { conditionOf } from '../../../../../src/objects/status.ts';
import type { ApiServer, Write } from './api-server.ts';
import { SLUICE } from './controller.ts';
import { isReady } from './kubernetes.ts';
import { WEB } from './objects.ts';
import { CANARY, ROUTES, splitBy, splits } from './routes.ts';

const isHeld = (workload: KubeObject): boolean =>
  (workload['spec'] as { paused?: boolean }).paused === true &&
  workload.metadata.annotations?.[ANNOTATION.inProgressing] !== undefined;
const replicasOf = (object: KubeObject): number => (object['spec'] as { replicas: number }).replicas;
const selectorOf = (service: KubeObject): Record<string, string> =>
  (service['spec'] as { selector?: Record<string, string> }).selector ?? {};

export class Invariants {
  readonly #server: ApiServer;
  readonly #now: () => number;
  readonly #grace: number;
  /** When Sluice last changed a Service or a route; -Infinity before the first time. */
  #trafficAt = -Infinity;
  #pinnedAt = -Infinity;
  #unroutedAt = -Infinity;
  /** A person took things away that the rules count on. */
  excused = false;

  constructor(server: ApiServer, now: () => number, grace: number) {
    this.#server = server;
    this.#now = now;
    this.#grace = grace;
  }

  check(write: Write): void {
    if (write.actor === SLUICE) this.#order(write);
    this.#requests(write);
    this.#stable(write);
    this.#status();
  }

  #fail(write: Write, rule: string): never {
    const { actor, verb, resource, name } = write;
    throw new Error(
      `${rule}; after ${actor} ${verb} ${resource.plural}/${name} at ${new Date(this.#now()).toISOString()}`,
    );
  }

  #readyPods(service: KubeObject | undefined): number {
    if (service === undefined) return 0;
    const wanted = Object.entries(selectorOf(service));
    return this.#server
      .list(PODS)
      .filter((pod) => isReady(pod) && wanted.every(([key, value]) => pod.metadata.labels?.[key] === value)).length;
  }

  /** (a) Never requests to a revision without a ready pod. */
  #requests(write: Write): void {
    if (this.excused) return;
    for (const { service, flows } of splits(this.#server)) {
      if (flows && this.#readyPods(this.#server.get(SERVICES, service)) === 0) {
        this.#fail(write, 'requests go to a new version without a ready pod');
      }
    }
    const service = this.#server.get(SERVICES, WEB);
    const own = this.#podsOf(this.#server.get(DEPLOYMENTS, WEB)).filter(isReady).length;
    if (service !== undefined && own > 0 && this.#readyPods(service) === 0) {
      this.#fail(write, 'the stable Service selects no ready pod');
    }
  }

  /** (b) Stable pods are never reduced while the workload is held, unless its user scales it. */
  #stable(write: Write): void {
    const { resource, before, after } = write;
    const workload = this.#server.get(DEPLOYMENTS, WEB);
    if (resource !== REPLICA_SETS || before === undefined || workload === undefined || !isHeld(workload)) return;
    if (!this.#isOwned(before, workload)) return;
    const left = after === undefined ? 0 : replicasOf(after);
    if (left < replicasOf(before) && left < replicasOf(workload)) {
      this.#fail(write, 'stable pods are reduced while the update is held');
    }
  }

  #podsOf(workload: KubeObject | undefined): KubeObject[] {
    const own = this.#server.list(REPLICA_SETS).filter((one) => this.#isOwned(one, workload));
    return this.#server.list(PODS).filter((pod) => own.some((one) => this.#isOwned(pod, one)));
  }

  #isOwned(object: KubeObject, owner: KubeObject | undefined): boolean {
    return (object.metadata.ownerReferences ?? []).some(({ uid }) => uid === owner?.metadata.uid);
  }

  /** (c) The order of what Sluice does. */
  #order(write: Write): void {
    const { resource, name, before, after, verb } = write;
    if (resource === SERVICES || ROUTES.includes(resource)) return this.#traffic(write);
    if (resource !== DEPLOYMENTS || name === WEB) return;
    if (verb === 'create' && this.#isRouting() && !this.excused) {
      const service = this.#server.get(SERVICES, WEB);
      const isPinned = service !== undefined && selectorOf(service)[LABEL.podTemplateHash] !== undefined;
      if (!isPinned && service !== undefined) this.#fail(write, 'new pods before the stable Service is pinned');
      if (this.#early(this.#pinnedAt)) this.#fail(write, 'new pods before everybody noticed the pin');
    }
    const isLeaving = before !== undefined && after?.metadata.deletionTimestamp === undefined && verb === 'patch';
    const letsGo = isLeaving && (after?.metadata.finalizers ?? []).length < (before.metadata.finalizers ?? []).length;
    if (!letsGo && verb !== 'delete') return;
    const others = this.#server
      .list(DEPLOYMENTS)
      .filter((one) => one.metadata.name !== WEB && one.metadata.name !== name);
    if (others.some((one) => this.#podsOf(one).some(isReady))) return;
    const leadsToThem = splits(this.#server).some(({ service }) => service !== WEB);
    if (leadsToThem) this.#fail(write, 'new pods go while a route leads to them');
    if (this.#early(this.#unroutedAt)) this.#fail(write, 'new pods go before everybody noticed the route');
  }

  #early(since: number): boolean {
    return this.#now() < since + this.#grace;
  }

  #traffic(write: Write): void {
    const { resource, name, before, after, verb } = write;
    if (name !== CANARY && resource === INGRESSES) this.#fail(write, "the user's Ingress is written");
    if (verb !== 'patch' && resource === HTTP_ROUTES) this.#fail(write, "the user's HTTPRoute is not its own to make");
    if (this.#early(this.#trafficAt)) this.#fail(write, 'a second change of traffic within the grace period');
    const isRoute = resource !== SERVICES;
    const split = isRoute ? { before: splitBy(resource, before), after: splitBy(resource, after) } : {};
    const begins = split.before === undefined && split.after !== undefined;
    if (begins && !this.excused && this.#server.get(SERVICES, split.after?.service ?? '') === undefined) {
      this.#fail(write, 'a route before its Service');
    }
    this.#trafficAt = this.#now();
    const key = LABEL.podTemplateHash;
    if (!isRoute && name === WEB && after !== undefined && before !== undefined) {
      if (selectorOf(after)[key] !== undefined && selectorOf(before)[key] === undefined) this.#pinnedAt = this.#now();
      if (selectorOf(after)[key] === undefined && selectorOf(before)[key] !== undefined) this.#unpinned(write);
    }
    const ends = split.before !== undefined && split.after === undefined;
    if (ends && split.before?.service !== WEB) this.#unroutedAt = this.#now();
  }

  /** After a rollback the new pods get no request any more, so the pin stays until they are gone. */
  #unpinned(write: Write): void {
    const { metadata, spec, status } = this.#server.get(ROLLOUTS, WEB) as Rollout;
    const reason = conditionOf(status?.conditions, CONDITION.progressing)?.reason;
    if (reason !== 'Cancelling' || metadata.deletionTimestamp !== undefined || spec.disabled === true) return;
    if (this.#server.list(DEPLOYMENTS).length > 1)
      this.#fail(write, 'the pin goes before the pods that were rolled back');
  }

  #strategy(): JsonObject {
    const rollout = this.#server.get(ROLLOUTS, WEB) as Rollout | undefined;
    return (rollout?.spec.strategy.canary ?? {}) as unknown as JsonObject;
  }
  #isPromoting(): boolean {
    const rollout = this.#server.get(ROLLOUTS, WEB) as Rollout | undefined;
    if (rollout === undefined) return false;
    const { metadata, spec, status } = rollout;
    const reason = conditionOf(status?.conditions, CONDITION.progressing)?.reason;
    return metadata.deletionTimestamp !== undefined || spec.disabled === true || reason === 'Finalising';
  }
  #hasCanaryService(): boolean {
    return this.#strategy()['disableGenerateCanaryService'] !== true;
  }
  /** The first step routes requests through Services of ours. An end that promotes has opened the Service already. */
  #isRouting(): boolean {
    if (this.#isPromoting()) return false;
    const { trafficRoutings, steps } = this.#strategy() as {
      trafficRoutings?: unknown[];
      steps?: { traffic?: string }[];
    };
    const routes = trafficRoutings !== undefined && steps?.[0]?.traffic !== undefined;
    return routes && this.#hasCanaryService();
  }

  #status(): void {
    const { status } = (this.#server.get(ROLLOUTS, WEB) ?? {}) as Partial<Rollout>;
    if (status?.phase === undefined) return;
    const { canaryStatus: sub } = status;
    if ((status.message ?? '') === '') throw new Error('a status without a message');
    if (sub !== undefined && Object.keys(sub).length < 4) throw new Error(`a hollow status ${JSON.stringify(sub)}`);
  }
}
