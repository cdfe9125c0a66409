// What must be true at every moment of a scene, looked at after each change: pods of a revision stay within what was approved,
// pods of the old one stay untouched while they are promised, enough pods are ready, and new pods get no more requests than
// their step allows. Remembers what was broken; the test asks in the end.

import type { KubeObject } from '../../src/api/kube.ts';
import { readAt } from '../../src/lib/json.ts';

export interface Promised {
  /** Ready pods, of whatever revision. */
  ready: number;
  /** Pods of the beginning that nobody may touch. */
  untouched: number;
  /** Pods with the image of the beginning. */
  old: number;
  /** Percent of requests that may go to new pods. */
  share: number;
}

export const imageOf = (pod: KubeObject): string =>
  (pod['spec'] as { containers: { image: string }[] }).containers[0]?.image ?? '';
export const isLive = (pod: KubeObject): boolean => pod.metadata.deletionTimestamp === undefined;
export const isReady = (pod: KubeObject): boolean => {
  const conditions = (readAt(pod, ['status', 'conditions']) ?? []) as { type: string; status: string }[];
  return isLive(pod) && conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
};

const told = (pod: KubeObject): string =>
  `${pod.metadata.name} ${imageOf(pod)}${isLive(pod) ? '' : ' going'}${isReady(pod) ? '' : ' not ready'}`;

export class Watchdog {
  readonly promised: Promised;
  readonly broken = new Set<string>();
  readonly #allowed = new Map<string, number>();
  readonly #original: ReadonlySet<string>;
  readonly #oldImage: string;

  constructor(pods: readonly KubeObject[]) {
    this.#original = new Set(pods.map(({ metadata }) => metadata.uid ?? ''));
    this.#oldImage = pods[0] === undefined ? '' : imageOf(pods[0]);
    this.promised = { ready: pods.length, untouched: pods.length, old: pods.length, share: 0 };
  }

  /** At least so many pods of this image may exist from now on. */
  allow(image: string, pods: number): void {
    this.#allowed.set(image, Math.max(pods, this.#allowed.get(image) ?? 0));
  }

  /** From now on less is promised: never more, because what happens now may still be an effect of what came before. */
  lower(to: Partial<Promised>): void {
    const { ready = Infinity, untouched = Infinity, old = Infinity } = to;
    this.promised.old = Math.min(this.promised.old, old);
    this.promised.ready = Math.min(this.promised.ready, ready);
    this.promised.untouched = Math.min(this.promised.untouched, untouched);
    this.promised.share = Math.max(this.promised.share, to.share ?? 0);
  }

  look(pods: readonly KubeObject[], share: number): void {
    const { ready, untouched, old } = this.promised;
    const readyNow = pods.filter(isReady).length;
    if (readyNow < ready)
      this.#say(`${readyNow} pods were ready, ${ready} are promised (${pods.map(told).join(', ')})`);
    const original = pods.filter((pod) => isLive(pod) && this.#original.has(pod.metadata.uid ?? '')).length;
    if (original < untouched) this.#say(`${original} pods of the beginning were left, ${untouched} are promised`);
    const oldNow = this.#count(pods, this.#oldImage);
    if (oldNow < old) this.#say(`${oldNow} pods of the old revision were there, ${old} are promised`);
    if (share > this.promised.share)
      this.#say(`${share} % of requests went to new pods, ${this.promised.share} % are approved`);
    for (const [image, allowed] of this.#allowed) {
      const count = this.#count(pods, image);
      if (count > allowed) this.#say(`${count} pods ran ${image}, ${allowed} are approved`);
    }
  }

  #count(pods: readonly KubeObject[], image: string): number {
    return pods.filter((pod) => isLive(pod) && imageOf(pod) === image).length;
  }

  #say(what: string): void {
    this.broken.add(what);
  }
}
