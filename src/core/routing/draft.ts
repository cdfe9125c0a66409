// A TrafficRouting's plan while it is being made. The status goes first: its precondition fences the routes, so that none
// is changed for a TrafficRouting that has changed meanwhile.

import { EVENT_REASON } from '../../api/names.ts';
import { TRAFFIC_ROUTINGS } from '../../api/resources.ts';
import type { TrafficRoutingStatus } from '../../api/traffic-routing.ts';
import { patch, type Action, type EventNote, type Plan } from '../../objects/actions.ts';
import { mergePatch, timeText } from '../../objects/status.ts';
import type { RoutingObserved } from './observed.ts';

export class RoutingDraft {
  readonly o: RoutingObserved;
  readonly status: TrafficRoutingStatus;
  private readonly actions: Action[] = [];
  private readonly events: EventNote[] = [];
  private wakeAt: number | undefined;
  /** What goes on; leads every message of a wait. */
  topic = '';

  constructor(o: RoutingObserved) {
    this.o = o;
    this.status = { ...o.routing.status };
  }

  do(actions: readonly Action[]): void {
    this.actions.push(...actions);
  }

  say(message: string): void {
    this.status.message = message;
  }

  /** `until`: epoch ms of a known deadline; else an event ends the wait. */
  wait(message: string, until?: number): void {
    this.say(this.topic === '' ? message : `${this.topic}: ${message}`);
    if (until !== undefined) this.wakeAt = Math.min(this.wakeAt ?? Infinity, until);
  }

  note(message: string): void {
    this.events.push({ type: 'Normal', reason: EVENT_REASON.routing, message });
  }

  /** A route is taken away now, which leaves no trace on the route itself. */
  touch(): void {
    this.status.lastUpdateTime = timeText(this.o.now);
  }

  finish(): Plan {
    const { routing, refused = '' } = this.o;
    if (refused !== '' && this.actions.length > 0) {
      this.say(`${this.status.message ?? ''}; the API server refused it: ${refused}`);
    }
    this.status.observedGeneration = routing.metadata.generation ?? 0;
    const why = this.status.message ?? '';
    const body = mergePatch(routing.status, this.status);
    const write = body === undefined ? [] : [patch(TRAFFIC_ROUTINGS, routing, { status: body }, why, 'status')];
    return {
      actions: [...write, ...this.actions],
      events: this.events,
      why,
      ...(this.wakeAt === undefined ? {} : { wakeAt: this.wakeAt }),
    };
  }
}
