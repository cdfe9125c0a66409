// What a scene sees of its namespace, from the watched tables, and how it waits for something to show.

import type { KubeObject, Resource } from '../../src/api/kube.ts';
import { BATCH_RELEASES, PODS, ROLLOUTS } from '../../src/api/resources.ts';
import type { Rollout, RolloutStatus } from '../../src/api/rollout.ts';
import type { Route } from './route.ts';
import type { Stage } from './stage.ts';
import { isRolledOut, NAME, type Subject } from './subject.ts';

/** With what a scene is played. */
export interface Cast {
  subject: Subject;
  route: Route;
}

export class Sight {
  readonly stage: Stage;
  readonly subject: Subject;
  readonly route: Route;
  readonly namespace: string;
  readonly #longestMs: number;

  constructor(stage: Stage, { subject, route }: Cast, namespace: string, longestMs: number) {
    this.stage = stage;
    this.subject = subject;
    this.route = route;
    this.namespace = namespace;
    this.#longestMs = longestMs;
  }

  find(resource: Resource): KubeObject | undefined {
    return this.stage.table(resource).get(this.namespace, NAME);
  }

  list(resource: Resource): KubeObject[] {
    return this.stage.table(resource).list(this.namespace);
  }

  /** Everything of the namespace that a release may touch. */
  objects(more: readonly Resource[] = []): KubeObject[] {
    const resources = new Set([this.subject.resource, ...this.route.resources, ROLLOUTS, BATCH_RELEASES, ...more]);
    return [...resources].flatMap((resource) => this.list(resource));
  }

  get pods(): KubeObject[] {
    return this.list(PODS);
  }

  get workload(): KubeObject | undefined {
    return this.find(this.subject.resource);
  }

  get isOut(): boolean {
    return this.workload !== undefined && isRolledOut(this.workload);
  }

  get status(): RolloutStatus {
    return (this.find(ROLLOUTS) as Rollout | undefined)?.status ?? {};
  }

  /** Percent of the requests that go to new pods. */
  get share(): number {
    return this.route.share(this.stage, this.namespace);
  }

  /** What keeps the Rollout's status from showing all of this. */
  lacks(wanted: Record<string, unknown>): string[] {
    const status = this.status as Record<string, unknown>;
    if (Object.entries(wanted).every(([key, value]) => status[key] === value)) return [];
    const { canaryStatus: _style, conditions: _conditions, ...told } = status;
    return [`the Rollout shows ${JSON.stringify(told)}`];
  }

  /** Looks after each change until nothing is open any more. */
  until(what: string, open: () => string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const ended = (): void => {
        clearTimeout(late);
        stop();
      };
      const look = (): void => {
        if (open().length > 0) return;
        ended();
        resolve();
      };
      const late = setTimeout(() => {
        ended();
        reject(new Error(`${what}: not within ${this.#longestMs} ms; ${open().join('; ')}`));
      }, this.#longestMs);
      const stop = this.stage.onChange(this.namespace, look);
      look();
    });
  }
}
