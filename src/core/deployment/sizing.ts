// Sizes of ReplicaSets while a pass decides about them: they grow within the surge, and shrink only by pods that are
// unavailable anyway, or that leave enough available ones.

import type { Bounds } from '../../workloads/deployment-bounds.ts';
import { totalSize, unavailable, type Part, type Parts } from './replica-set-roles.ts';

export class Sizing {
  readonly parts: Parts;
  readonly bounds: Bounds;
  readonly #sizes = new Map<Part, number>();
  /** Old pods that may go, dead or alive, so that enough remain even if no new pod beyond the available ones ever serves. */
  #spare: number;
  /** Available pods that may go. */
  #spareAvailable: number;

  constructor(parts: Parts, bounds: Bounds) {
    this.parts = parts;
    this.bounds = bounds;
    const { fresh, old } = parts;
    for (const part of [fresh, ...old]) this.#sizes.set(part, part.size);
    const available = [fresh, ...old].reduce((sum, part) => sum + part.available, 0);
    this.#spare = totalSize(old) + fresh.available - bounds.minAvailable;
    this.#spareAvailable = available - bounds.minAvailable;
  }

  of(part: Part): number {
    return this.#sizes.get(part) ?? part.size;
  }

  total(parts: readonly Part[] = [this.parts.fresh, ...this.parts.old]): number {
    return parts.reduce((sum, part) => sum + this.of(part), 0);
  }

  /**
   * Towards `wanted`, as the surge allows. The first pod needs no surge: kube-controller-manager gives all pods of a paused
   * Deployment to a ReplicaSet that is alone in having any, so nothing may shrink before there are two.
   */
  grow(part: Part, wanted: number): void {
    const { replicas, surge } = this.bounds;
    const size = this.of(part);
    const room = (ceiling: number): number => Math.max(0, replicas + ceiling - this.total());
    const first = size === 0 ? Math.min(1, room(Math.max(1, surge))) : 0;
    this.#set(part, size + Math.min(wanted - size, Math.max(room(surge), first)));
  }

  /** Takes at most `count` pods that do not serve from the old ReplicaSets. */
  shrinkUnavailable(part: Part, count: number): number {
    return this.#take(part, Math.min(count, this.of(part) - part.available, this.#spare));
  }

  /** Takes at most `count` pods, as far as enough available ones remain. */
  shrink(part: Part, count: number): number {
    const taken = this.#take(part, Math.min(count, this.#spareAvailable, this.#spare));
    this.#spareAvailable -= taken;
    return taken;
  }

  /** Pods of the new revision that do not serve may go at any time: nobody counts on them. */
  shrinkFresh(count: number): void {
    const { fresh } = this.parts;
    const dead = Math.min(count, unavailable(fresh));
    const alive = Math.max(0, Math.min(count - dead, this.#spareAvailable));
    this.#spareAvailable -= alive;
    this.#spare -= alive;
    this.#set(fresh, this.of(fresh) - dead - alive);
  }

  #take(part: Part, wanted: number): number {
    const taken = Math.max(0, Math.min(wanted, this.of(part)));
    this.#spare -= taken;
    this.#set(part, this.of(part) - taken);
    return taken;
  }

  #set(part: Part, size: number): void {
    if (size !== this.of(part)) this.#sizes.set(part, size);
  }
}
