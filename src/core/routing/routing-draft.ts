// A TrafficRouting's plan while it is being made. The status goes first: its precondition fences the routes, so that none is
// changed for a TrafficRouting that has changed meanwhile.

import { TRAFFIC_ROUTINGS } from '../../api/resources.ts';
import type { TrafficRoutingStatus } from '../../api/traffic-routing.ts';
import { patch } from '../../objects/actions.ts';
import { mergePatch, timeText } from '../../objects/status.ts';
import { Folding } from '../tasks/folding.ts';
import type { Plan } from '../tasks/plan.ts';
import type { RoutingObserved } from './routing-observed.ts';

export class RoutingDraft extends Folding {
  override readonly o: RoutingObserved;
  readonly status: TrafficRoutingStatus;

  constructor(o: RoutingObserved) {
    super();
    this.o = o;
    this.status = { ...o.routing.status };
  }

  override say(message: string): void {
    this.status.message = message;
  }

  protected override recordRemoval(): void {
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
    return { ...this.planWith(write, why), announces: this.announcing(why) };
  }
}
