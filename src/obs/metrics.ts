// Metrics of both pipes in a registry of their own. Label values come from closed sets: paths, verdicts, outcomes.

import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const FAST = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export interface Metrics {
  reviewed(path: string, verdict: string, seconds: number): void;
  lookedLive(outcome: 'answered' | 'failed', seconds: number): void;
  converted(outcome: 'converted' | 'failed', objects: number): void;
  refused(status: number): void;
  reconciled(controller: string, outcome: string, seconds: number): void;
  certificateExpires(epochSeconds: number): void;
  leading(leads: boolean): void;
  collect(): Promise<{ contentType: string; body: string }>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const histogram = (name: string, help: string, labelNames: string[]) =>
    new Histogram({ name, help, labelNames, buckets: FAST, registers });
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });

  const reviews = histogram('sluice_review_seconds', 'Time from the first byte of a review to its verdict.', [
    'path',
    'verdict',
  ]);
  const looks = histogram('sluice_live_look_seconds', 'Live reads made for a review.', ['outcome']);
  const converted = counter('sluice_converted_objects_total', 'Objects converted between API versions.', ['outcome']);
  const refused = counter('sluice_refused_requests_total', 'Requests answered with a status other than 200.', [
    'status',
  ]);
  const reconciles = histogram('sluice_reconcile_seconds', 'One look at one key.', ['controller', 'outcome']);
  const expiry = gauge('sluice_certificate_expiry_timestamp_seconds', 'When the serving certificate expires.');
  const leads = gauge('sluice_leader', '1 while this process leads.');
  return {
    reviewed: (path, verdict, seconds) => reviews.observe({ path, verdict }, seconds),
    lookedLive: (outcome, seconds) => looks.observe({ outcome }, seconds),
    converted: (outcome, objects) => converted.inc({ outcome }, objects),
    refused: (status) => refused.inc({ status: String(status) }),
    reconciled: (controller, outcome, seconds) => reconciles.observe({ controller, outcome }, seconds),
    certificateExpires: (at) => expiry.set(at),
    leading: (leader) => leads.set(leader ? 1 : 0),
    collect: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
