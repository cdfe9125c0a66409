// When the heap is given back: `serve` tells of its work by what it measures, so that is where it is heard.

import type { Metrics } from '../obs/metrics.ts';
import { systemClock } from '../runtime/clock.ts';
import { createTidy, type Tidy } from '../runtime/tidy.ts';
import type { ServeNeeds } from './needs.ts';

/** Reviews and reconciles are work; leases and bookmarks go on at any time. */
const noting = (metrics: Metrics, tidy: Tidy): Metrics => ({
  ...metrics,
  reviewed(...review) {
    tidy.busy();
    metrics.reviewed(...review);
  },
  reconciled(...pass) {
    tidy.busy();
    metrics.reconciled(...pass);
  },
});

/** What starting up leaves behind counts too. */
export function tidied(given: ServeNeeds): { needs: ServeNeeds; tidy: Tidy } {
  const tidy = createTidy({ clock: systemClock });
  tidy.busy();
  return { needs: { ...given, metrics: noting(given.metrics, tidy) }, tidy };
}
