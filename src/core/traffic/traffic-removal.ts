// What is taken away (a pin, a route, a Service) leaves no trace on any object: managedFields forget it. The status tells it,
// written just before: which task did it, and when.

import type { FinalisingStep } from '../../api/names.ts';

export interface TrafficRemoval {
  by: FinalisingStep;
  /** Epoch ms; the write came up to WRITING_MS later. */
  at: number;
}

export const WRITING_MS = 1000;
