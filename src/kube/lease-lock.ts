// The calls on one Lease: look, put our name in it, take it out. Every write starts from a known version, so of several
// processes that try at once one succeeds.

import type { JsonObject, KubeObject } from '../api/kube.ts';
import { LEASES } from '../api/resources.ts';
import type { Target } from '../objects/actions.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Client } from './client.ts';
import { isKubeError } from './errors.ts';
import { LeaseRecord } from './lease-record.ts';

export interface LockOptions {
  client: Client;
  namespace: string;
  name: string;
  /** Unique to this process. */
  identity: string;
  clock: Clock;
}

export class LeaseLock {
  readonly record: LeaseRecord;
  readonly #options: LockOptions;
  readonly #target: Target;
  readonly #durationSeconds: number;
  readonly #timeoutMs: number;

  constructor(options: LockOptions, durationMs: number, timeoutMs: number) {
    this.#options = options;
    this.#target = { resource: LEASES, namespace: options.namespace, name: options.name };
    this.#durationSeconds = Math.ceil(durationMs / 1000);
    this.#timeoutMs = timeoutMs;
    this.record = new LeaseRecord(options.clock);
  }

  /** The Lease bears our name, whether or not the last renewal is fresh enough to act on. */
  get isOurs(): boolean {
    return this.record.holder === this.#options.identity;
  }

  async look(): Promise<void> {
    this.record.observe(await this.#options.client.get(this.#target, { timeoutMs: this.#timeoutMs }));
  }

  /** Puts our name and the time into the Lease as it is known; false when somebody else was faster. */
  async hold(): Promise<boolean> {
    const known = this.record.current;
    try {
      this.record.observe(known === undefined ? await this.#create() : await this.#patch(this.#spec()));
      return true;
    } catch (error) {
      if (!isKubeError(error) || (known === undefined && error.notFound)) throw error;
      if (!(error.conflict || error.alreadyExists || error.notFound)) throw error;
    }
    await this.look();
    if (!this.isOurs) return false;
    // Somebody touched it without taking it: renew from its present version.
    this.record.observe(await this.#patch(this.#spec()));
    return true;
  }

  async release(): Promise<void> {
    const now = this.#now();
    const spec = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
    this.record.observe(await this.#patch(spec));
  }

  #create(): Promise<KubeObject> {
    const { client, namespace, name } = this.#options;
    const identity = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace } };
    return client.create(LEASES, namespace, { ...identity, spec: this.#spec() }, { timeoutMs: this.#timeoutMs });
  }

  #patch(spec: JsonObject): Promise<KubeObject> {
    const resourceVersion = this.record.current?.metadata.resourceVersion ?? '';
    const options = { timeoutMs: this.#timeoutMs, resourceVersion };
    return this.#options.client.mergePatch(this.#target, { spec }, options);
  }

  #spec(): JsonObject {
    const now = this.#now();
    const renewal = { leaseDurationSeconds: this.#durationSeconds, renewTime: now };
    if (this.isOurs) return renewal;
    const { nextTransitions } = this.record;
    return { ...renewal, holderIdentity: this.#options.identity, acquireTime: now, leaseTransitions: nextTransitions };
  }

  /** As a Kubernetes MicroTime. */
  #now(): string {
    return new Date(this.#options.clock.now()).toISOString().replace('Z', '000Z');
  }
}
